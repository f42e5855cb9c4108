/* SPDX-License-Identifier: MIT */
#include "preload/process/exec_target.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "preload/platform/raw_calls.h"
#include "preload/platform/readable.h"
#include "preload/platform/real_calls.h"
#include "preload/process/exec_file.h"
#include "preload/process/options.h"

/* To its end, which may lie in another page. */
static bool string_can_be_read(const char *string)
{
	size_t rest;

	for (;; string += rest) {
		if (!readable((uintptr_t)string))
			return false;
		rest = READABLE_PAGE - (uintptr_t)string % READABLE_PAGE;
		if (strnlen(string, rest) < rest)
			return true;
	}
}

/* One entry of a list that the kernel has not seen yet: it may be no memory at all (EFAULT). */
static bool can_be_read(char *const *entry)
{
	return readable((uintptr_t)entry) && (!*entry || string_can_be_read(*entry));
}

static bool carries_recorder(char *const *environment)
{
	static const char name[] = "LD_PRELOAD=";
	bool is_own = !environment || environment == environ;
	size_t i;

	if (!environment)
		environment = environ;
	for (i = 0; environment && (is_own || can_be_read(&environment[i])) && environment[i]; i++)
		if (strncmp(environment[i], name, sizeof(name) - 1) == 0 &&
		    strstr(environment[i], "libfinleak.so"))
			return true;
	return false;
}

/* The entry of ENVIRONMENT that begins with NAME; NULL: there is none. */
static const char *entry_of(char *const *environment, const char *name)
{
	bool is_own = environment == environ;
	size_t i;

	for (i = 0; environment && (is_own || can_be_read(&environment[i])) && environment[i]; i++)
		if (strncmp(environment[i], name, strlen(name)) == 0)
			return environment[i];
	return NULL;
}

/*
 * Will its recording be where ours is? `finleak run` names one folder for all; without it each
 * program records where it starts, unless its options name a folder.
 */
static bool records_here(char *const *environment)
{
	static const char name[] = "FINLEAK_OPTIONS=";
	const char *theirs, *ours;

	theirs = entry_of(environment ? environment : environ, name);
	if (options.under_run)
		return options_name_our_folder(theirs ? theirs + sizeof(name) - 1 : NULL);
	ours = entry_of(environ, name);
	return theirs == ours || (theirs && ours && strcmp(theirs, ours) == 0);
}

/*
 * Does an exec take rights over files away? Who changed its user (setpriv) may have kept them until
 * then.
 */
static bool loses_rights(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct rights[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	return raw_call(SYS_geteuid, 0, 0, 0, 0) != 0 &&
	       (raw_call(SYS_capget, (long)(uintptr_t)&header, (long)(uintptr_t)rights, 0, 0) !=
			0 ||
		(rights[0].effective & (1u << CAP_DAC_OVERRIDE)));
}

/* By the rights that we have now. False also on kernels before 5.8. */
static bool may(const char *path, int mode)
{
	return raw_call(SYS_faccessat2, AT_FDCWD, (long)(uintptr_t)path, mode, AT_EACCESS) == 0;
}

/* Can the library that PRELOAD, an entry of an environment, names be read, by our root and rights?
 */
static __attribute__((noinline)) bool finds_library(const char *preload)
{
	const char *name = strstr(preload, "libfinleak.so"), *start = name, *end;
	char path[PATH_MAX];

	if (!name)
		return false;
	while (start > preload && !strchr("=: ", start[-1]))
		start--;
	for (end = name; *end && *end != ':' && *end != ' ';)
		end++;
	if ((size_t)(end - start) >= sizeof(path))
		return false;
	memcpy(path, start, (size_t)(end - start));
	path[end - start] = '\0';
	/* Without a slash the loader searches. */
	return !strchr(path, '/') || may(path, R_OK);
}

/* A recording takes less at first. */
#define RECORDING_ROOM (256u << 10)

/* Limits from here on do not come into its way: it begins small. */
#define FILE_ENOUGH  ((rlim_t)1 << 30)
#define SPACE_ENOUGH ((rlim_t)128 << 20)

static bool has_room(void)
{
	struct statvfs disk;
	struct rlimit size, space;

	return may(options.recordings, W_OK | X_OK) && statvfs(options.recordings, &disk) == 0 &&
	       disk.f_bavail * disk.f_frsize >= RECORDING_ROOM &&
	       (!disk.f_files || disk.f_favail) && getrlimit(RLIMIT_FSIZE, &size) == 0 &&
	       size.rlim_cur >= FILE_ENOUGH && getrlimit(RLIMIT_AS, &space) == 0 &&
	       space.rlim_cur >= SPACE_ENOUGH;
}

bool exec_target_can_record(char *const *environment)
{
	const char *preload;

	if (!environment)
		environment = environ;
	preload = entry_of(environment, "LD_PRELOAD=");
	return preload && !loses_rights() && finds_library(preload) && records_here(environment) &&
	       has_room();
}

/* The value of our own $PATH, without getenv(), whose caller may be replaced. */
static const char *search_path(void)
{
	size_t i;

	for (i = 0; environ && environ[i]; i++)
		if (strncmp(environ[i], "PATH=", 5) == 0)
			return environ[i] + 5;
	return "/bin:/usr/bin";
}

/* Where FILE is found in $PATH, in PATH; false: nowhere. */
static bool find_in_path(const char *file, char path[PATH_MAX])
{
	const char *folder = search_path(), *end;
	size_t length = strlen(file);
	struct stat status;

	for (;; folder = end + 1) {
		size_t size;

		end = strchrnul(folder, ':');
		size = (size_t)(end - folder);
		if (size + length + 2 <= PATH_MAX) {
			memcpy(path, folder, size);
			path[size] = '/';
			memcpy(path + size + (size > 0), file, length + 1);
			if (stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
			    access(path, X_OK) == 0)
				return true;
		}
		if (!*end)
			return false;
	}
}

/* The kernel's rule (cap_bprm_creds_from_file()): such a file is executed in secure mode. */
static bool changes_rights(const struct stat *status, bool has_capabilities)
{
	bool sets_group = (status->st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);

	return ((status->st_mode & S_ISUID) && status->st_uid != getuid()) ||
	       (sets_group && status->st_gid != getgid()) || has_capabilities;
}

/* Asked of those files alone that would change them. */
static bool are_rights_kept(const char *path)
{
	struct statvfs mount;

	return real.prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ||
	       (path && statvfs(path, &mount) == 0 && (mount.f_flag & ST_NOSUID));
}

static bool drops_recorder(int folder, const char *path, int flags)
{
	struct stat status;
	bool is_plain;

	/* The kernel first: PATH may be no memory at all. */
	if (fstatat(folder, path, &status, flags & (AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) != 0 ||
	    !S_ISREG(status.st_mode))
		return false;
	is_plain = folder == AT_FDCWD || path[0] == '/';
	return changes_rights(&status,
			      is_plain && getuid() != 0 &&
				      getxattr(path, "security.capability", NULL, 0) > 0) &&
	       !are_rights_kept(is_plain ? path : NULL);
}

/* What the file of TARGET, found at PATH, does to a recorder that the environment CARRIES. */
static enum exec_fate fate_of_file(const struct exec_target *target, const char *path, bool carries)
{
	const bool follows = !(target->flags & (AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW));

	if (carries && !drops_recorder(target->folder, path, target->flags))
		return follows && exec_file_is_never_preloaded(target->folder, path)
			       ? EXEC_IMPOSSIBLE
			       : EXEC_RECORDED;
	return follows && exec_file_opens_no_sockets(target->folder, path) ? EXEC_NEEDS_NONE
									   : EXEC_UNSEEN;
}

/* A frame of its own: the stack may be a signal handler's, and small. */
static __attribute__((noinline)) enum exec_fate fate_of_searched(const struct exec_target *target,
								 bool carries)
{
	char path[PATH_MAX];

	if (!find_in_path(target->path, path))
		return carries ? EXEC_RECORDED : EXEC_UNSEEN;
	return fate_of_file(target, path, carries);
}

enum exec_fate exec_target_fate(const struct exec_target *target, char *const *environment)
{
	const bool carries =
		carries_recorder(environment) && (!options.under_run || records_here(environment));

	if (!target->path)
		return carries ? EXEC_RECORDED : EXEC_UNSEEN;
	if (target->is_searched && !strchr(target->path, '/'))
		return fate_of_searched(target, carries);
	return fate_of_file(target, target->path, carries);
}
