/* SPDX-License-Identifier: MIT */
#include "analyzer/launch/unrecorded_reason.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/proc_lines.h"
#include "analyzer/base/proc_task.h"
#include "analyzer/recordings/unrecorded.h"
#include "analyzer/symbolize/elf_identity.h"

/* The longest environment that exec takes, as a rule. */
#define ENVIRONMENT_MAX (2u << 20)

/* A recording takes less at first. */
#define RECORDING_ROOM (256u << 10)

/* What helps. */
#define PASS_ON     "(pass LD_PRELOAD and FINLEAK_OPTIONS on to it)"
#define SHARE_HELPS "(--share-recordings allows it)"

struct asked {
	pid_t pid;
	const char *folder, *library;
	char *reason;
	size_t size;
};

static bool set_reason(const struct asked *asked, const char *text)
{
	snprintf(asked->reason, asked->size, "%s", text);
	return true;
}

int folder_is_full(const char *folder)
{
	struct statvfs status;

	return statvfs(folder, &status) == 0 &&
	       (status.f_bavail * status.f_frsize < RECORDING_ROOM ||
		(status.f_files && !status.f_favail));
}

static bool is_removed(const struct asked *asked)
{
	struct stat status;

	return stat(asked->folder, &status) < 0 &&
	       set_reason(asked,
			  "the folder for recordings was removed (choose one with -d that nothing "
			  "removes)");
}

/* The effective user of the process. False: unknown. */
static bool read_user(pid_t pid, uid_t *user)
{
	struct proc_lines status;
	const char *line;
	bool known = false;

	if (!proc_lines_open(&status, pid, "status", '\n'))
		return false;
	while (!known && (line = proc_lines_next(&status)))
		known = sscanf(line, "Uid: %*u %u", user) == 1;
	proc_lines_close(&status);
	return known;
}

static bool is_of_another_user(const struct asked *asked)
{
	const struct passwd *entry;
	struct stat status;
	uid_t user;

	if (!read_user(asked->pid, &user) || stat(asked->folder, &status) < 0 ||
	    user == status.st_uid || (status.st_mode & S_IWOTH) || (user == 0 && getuid() == 0))
		return false;
	entry = getpwuid(user);
	if (entry)
		snprintf(asked->reason, asked->size,
			 "it switched to user %s, who may not add a recording " SHARE_HELPS,
			 entry->pw_name);
	else
		snprintf(asked->reason, asked->size,
			 "it switched to user %u, who may not add a recording " SHARE_HELPS, user);
	return true;
}

/* A limit is the program's own: what helps is a higher one. */
static bool has_limit(const struct asked *asked, __rlimit_resource_t resource, const char *name)
{
	struct rlimit limit;
	unsigned long long size;

	if (prlimit(asked->pid, resource, NULL, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
		return false;
	size = limit.rlim_cur;
	if (size < (1u << 20))
		snprintf(asked->reason, asked->size, "its %s limit is %llu KiB (raise it)", name,
			 size >> 10);
	else
		snprintf(asked->reason, asked->size, "its %s limit is %llu MiB (raise it)", name,
			 size >> 20);
	return true;
}

/* The executable of the process, opened; -1: it can't be. */
static int open_executable(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/exe", proc_task((int)pid));
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* The loader does not preload a library into it. */
static bool is_not_preloadable(const struct asked *asked)
{
	struct elf_identity identity;
	int fd = open_executable(asked->pid);
	bool found = false, is_elf;
	struct stat status;

	if (fd < 0)
		return false;
	is_elf = elf_identity_read(fd, &identity);
	if (is_elf && !identity.has_interpreter && strncmp(identity.soname, "ld-", 3) != 0)
		found = set_reason(asked, "it is statically linked (link it dynamically)");
	else if (is_elf && strstr(identity.interpreter, "ld-musl"))
		found = set_reason(
			asked,
			"it is linked with musl, finleak's recorder with glibc (link it with "
			"glibc)");
	else if (fstat(fd, &status) == 0 && (status.st_mode & (S_ISUID | S_ISGID)) &&
		 (status.st_uid != getuid() || (status.st_mode & S_ISGID)))
		found = set_reason(asked, "it is set-user-ID or set-group-ID, and the loader does "
					  "not preload libfinleak.so into such programs");
	else if (getuid() != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0)
		found = set_reason(asked, "it has file capabilities, and the loader does "
					  "not preload libfinleak.so into such programs");
	close(fd);
	return found;
}

/*
 * A process that is exiting, or in the midst of an exec, has neither arguments nor an environment
 * to read, whatever it was started with.
 */
static bool has_arguments(pid_t pid)
{
	char path[64];
	FILE *file;
	bool found;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", proc_task((int)pid));
	file = fopen(path, "re");
	if (!file)
		return false;
	found = fgetc(file) != EOF;
	fclose(file);
	return found;
}

/* What PROCESS was started with, and *length; NULL: it can't be read. The caller frees it. */
static char *read_environment(pid_t pid, size_t *length)
{
	char path[64], *text;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/environ", proc_task((int)pid));
	file = fopen(path, "re");
	if (!file)
		return NULL;
	text = allocate_zeroed(ENVIRONMENT_MAX + 1, 1);
	*length = fread(text, 1, ENVIRONMENT_MAX, file);
	fclose(file);
	return text;
}

/* The value of variable NAME ("LD_PRELOAD="); NULL: it is not there. */
static const char *find_variable(const char *text, size_t length, const char *name)
{
	const char *end = text + length, *next;

	for (next = text; next < end; next += strlen(next) + 1)
		if (strncmp(next, name, strlen(name)) == 0)
			return next + strlen(name);
	return NULL;
}

static bool lost_environment(const struct asked *asked)
{
	const char *base = strrchr(asked->library, '/'), *preload;
	bool found = false;
	size_t length = 0;
	char *text = read_environment(asked->pid, &length);

	if (!text)
		return false;
	preload = find_variable(text, length, "LD_PRELOAD=");
	if (!length)
		found = has_arguments(asked->pid) &&
			set_reason(asked, "it was started with an empty environment " PASS_ON);
	else if (!preload)
		found = set_reason(asked,
				   "it was started without LD_PRELOAD in its environment " PASS_ON);
	else if (!strstr(preload, base ? base + 1 : asked->library))
		found = set_reason(
			asked, "it was started with an LD_PRELOAD without libfinleak.so " PASS_ON);
	free(text);
	return found;
}

/* How far the recorder got, by the maps of the process. */
enum recorder_state {
	RECORDER_UNKNOWN,
	RECORDER_ABSENT,
	RECORDER_PRESENT,
	RECORDER_REMOVED, /* its recording is deleted */
};

static enum recorder_state recorder_of(const struct asked *asked)
{
	const char *base = strrchr(asked->library, '/');
	enum recorder_state state = RECORDER_ABSENT;
	struct proc_lines maps;
	const char *line;

	if (!proc_lines_open(&maps, asked->pid, "maps", '\n'))
		return RECORDER_UNKNOWN;
	while (state != RECORDER_REMOVED && (line = proc_lines_next(&maps))) {
		if (strstr(line, base ? base : asked->library))
			state = RECORDER_PRESENT;
		if (strstr(line, RECORDING_SUFFIX " (deleted)"))
			state = RECORDER_REMOVED;
	}
	proc_lines_close(&maps);
	return state;
}

/* A sandbox: the folder that the process finds under that name, if any, is another one. */
static bool is_elsewhere(const struct asked *asked)
{
	char *path = allocate_printed("/proc/%d/root%s", proc_task((int)asked->pid), asked->folder);
	struct stat here, there;
	bool elsewhere;

	if (stat(path, &there) < 0)
		elsewhere = errno == ENOENT;
	else
		elsewhere = stat(asked->folder, &here) == 0 &&
			    (here.st_dev != there.st_dev || here.st_ino != there.st_ino);
	free(path);
	return elsewhere &&
	       set_reason(asked, "the folder for recordings is not in its file system (a sandbox): "
				 "choose one that it can write with -d");
}

static bool is_read_only(const struct asked *asked)
{
	char *path = allocate_printed("/proc/%d/root%s", proc_task((int)asked->pid), asked->folder);
	struct statvfs status;
	bool read_only = statvfs(path, &status) == 0 && status.f_flag & ST_RDONLY;

	free(path);
	return read_only &&
	       set_reason(asked,
			  "the folder for recordings is read-only in its file system (a sandbox): "
			  "choose one that it can write with -d");
}

/* The recorder runs in the process, and has made no recording. */
static enum unrecorded_cause explain_recorder(const struct asked *asked)
{
	if (is_removed(asked) || is_elsewhere(asked) || is_read_only(asked) ||
	    is_of_another_user(asked))
		return CAUSE_CERTAIN;
	if (has_limit(asked, RLIMIT_FSIZE, "file-size") ||
	    (folder_is_full(asked->folder) &&
	     set_reason(asked, "the disk was full (free some space)")) ||
	    has_limit(asked, RLIMIT_AS, "address-space"))
		return CAUSE_FOUND;
	set_reason(asked, "its recording could not be created");
	return CAUSE_GUESSED;
}

/* The recorder is not in the process: it never will be, or the loader is about to. */
static enum unrecorded_cause explain_absence(const struct asked *asked)
{
	if (is_not_preloadable(asked))
		return CAUSE_CERTAIN;
	/* sudo does both. */
	if (is_of_another_user(asked)) {
		char user[sizeof(((struct unrecorded *)NULL)->reason)];

		snprintf(user, sizeof(user), "%s", asked->reason);
		if (lost_environment(asked))
			snprintf(asked->reason, asked->size,
				 "%.160s, and LD_PRELOAD was dropped from its environment", user);
		return CAUSE_CERTAIN;
	}
	if (lost_environment(asked))
		return CAUSE_CERTAIN;
	if (has_limit(asked, RLIMIT_AS, "address-space"))
		return CAUSE_FOUND;
	set_reason(asked, "the loader could not load libfinleak.so into it");
	return CAUSE_GUESSED;
}

enum unrecorded_cause unrecorded_reason(char *reason, size_t size, pid_t pid, const char *folder,
					const char *library)
{
	const struct asked asked = { pid, folder, library, reason, size };

	reason[0] = '\0';
	switch (recorder_of(&asked)) {
	case RECORDER_REMOVED:
		set_reason(&asked, "its recording was removed");
		return CAUSE_CERTAIN;
	case RECORDER_PRESENT:
		return explain_recorder(&asked);
	case RECORDER_ABSENT:
		return explain_absence(&asked);
	default:
		if (!is_of_another_user(&asked) && !is_not_preloadable(&asked))
			set_reason(&asked, "it could not be examined");
		return CAUSE_CERTAIN;
	}
}
