/* SPDX-License-Identifier: MIT */
#include "analyzer/launch/preflight.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "analyzer/base/exit_status.h"
#include "analyzer/base/paths.h"
#include "analyzer/symbolize/elf_identity.h"
#include "analyzer/symbolize/script_interpreter.h"

/* The kernel follows this many interpreters of a script, then returns ELOOP. */
#define INTERPRETERS_MAX 5

/* Where a check writes its results. */
struct check {
	struct preflight *found;
	char *reason;
	size_t reason_size;
};

__attribute__((format(printf, 3, 4))) static int refuse(const struct check *check, int status,
							const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(check->reason, check->reason_size, format, arguments);
	va_end(arguments);
	return status;
}

/* The errno that execve() of PATH would return; 0 none. */
static int execute_error(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return errno;
	if (S_ISDIR(status.st_mode))
		return EISDIR;
	if (!S_ISREG(status.st_mode))
		return EACCES;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? errno : 0;
}

/* Finds PROGRAM as execvp() does. Returns 0 with PATH filled in, or an errno. */
static int find_program(const char *program, char *path)
{
	char standard[PATH_MAX];
	const char *folders = getenv("PATH"), *end;
	int error = ENOENT;

	if (!program[0])
		return ENOENT;
	if (strchr(program, '/')) {
		if (strlen(program) >= PATH_MAX)
			return ENAMETOOLONG;
		strcpy(path, program);
		return execute_error(path);
	}
	if (!folders) {
		confstr(_CS_PATH, standard, sizeof(standard));
		folders = standard;
	}
	for (;; folders = end + 1) {
		int found, length;

		end = strchrnul(folders, ':');
		length = snprintf(path, PATH_MAX, "%.*s%s%s", (int)(end - folders), folders,
				  end == folders ? "" : "/", program);
		found = length < PATH_MAX ? execute_error(path) : ENAMETOOLONG;
		if (found == 0)
			return 0;
		/* execvp() continues after these and returns EACCES in the end. */
		if (found == EACCES || found == EISDIR)
			error = found;
		if (*end == '\0')
			return error;
	}
}

static int refuse_lookup(const struct check *check, const char *program, int error)
{
	if (error == EISDIR)
		return refuse(check, EXIT_CANNOT_EXECUTE, "%s: is a directory", program);
	if (error == ENOENT || error == ENOTDIR)
		return refuse(check, EXIT_NOT_FOUND, "%s: %s", program,
			      strchr(program, '/') ? "no such program" : "no such program in PATH");
	return refuse(check, EXIT_CANNOT_EXECUTE, "%s: cannot be executed: %s", program,
		      strerror(error));
}

/* The architecture of this finleak, and so of its recorder. */
static bool own_identity(struct elf_identity *own)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	bool known = fd >= 0 && elf_identity_read(fd, own);

	if (fd >= 0)
		close(fd);
	return known;
}

/*
 * The kernel sets AT_SECURE, which makes the loader ignore LD_PRELOAD, if the new effective ids
 * differ from our real ones or capabilities are gained (Linux, cap_bprm_creds_from_file).
 */
static int check_privileges(const struct check *check, int fd, const char *path)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	struct statvfs file_system;
	struct stat status;
	bool ignored;

	if (fstat(fd, &status) < 0)
		return 0;
	ignored = (fstatvfs(fd, &file_system) == 0 && (file_system.f_flag & ST_NOSUID));
	if (!ignored && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) {
		if (status.st_mode & S_ISUID)
			uid = status.st_uid;
		if ((status.st_mode & S_ISGID) && (status.st_mode & S_IXGRP))
			gid = status.st_gid;
	}
	if (uid != getuid() || gid != getgid()) {
		check->found->obstacle = uid != getuid() ? "is set-user-ID" : "is set-group-ID";
		return refuse(check, EXIT_NOT_JUDGED,
			      "%s is %s, and the loader does not preload libfinleak.so into such "
			      "programs: run finleak as the user or group it switches to",
			      path, uid != getuid() ? "set-user-ID" : "set-group-ID");
	}
	if (!ignored && getuid() != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0) {
		check->found->obstacle = "has file capabilities";
		return refuse(
			check, EXIT_NOT_JUDGED,
			"%s has file capabilities, and the loader does not preload libfinleak.so "
			"into such programs: record a copy without them (cp drops them)",
			path);
	}
	return 0;
}

static int check_elf(const struct check *check, int fd, const char *path,
		     const struct elf_identity *identity)
{
	struct elf_identity own;
	const char *interpreter = identity->interpreter;

	if (own_identity(&own) &&
	    (own.elf_class != identity->elf_class || own.machine != identity->machine ||
	     own.big_endian != identity->big_endian))
		return refuse(
			check, EXIT_NOT_JUDGED,
			"%s is built for another architecture than this finleak: build finleak "
			"for it",
			path);
	if (identity->type != ET_EXEC && identity->type != ET_DYN)
		return refuse(check, EXIT_CANNOT_EXECUTE, "%s: is an ELF file, but not a program",
			      path);
	if (!identity->has_interpreter) {
		/* The loader itself (ld.so PROGRAM) has no interpreter either. */
		if (identity->type == ET_DYN && strncmp(identity->soname, "ld-", 3) == 0)
			return 0;
		check->found->obstacle = "is statically linked";
		return refuse(
			check, EXIT_NOT_JUDGED,
			"%s is statically linked, so libfinleak.so can't be preloaded: link it "
			"dynamically, or run finleak as root",
			path);
	}
	if (strncmp(path_base(interpreter), "ld-musl", 7) == 0) {
		check->found->obstacle = "is linked with musl";
		return refuse(check, EXIT_NOT_JUDGED,
			      "%s is linked with musl, but libfinleak.so needs glibc: build it for "
			      "glibc to record it",
			      path);
	}
	if (access(interpreter, X_OK) < 0)
		return refuse(check, EXIT_CANNOT_EXECUTE, "%s: its loader %s: %s", path,
			      interpreter, strerror(errno));
	return check_privileges(check, fd, path);
}

static bool is_env(const char *path)
{
	return strcmp(path_base(path), "env") == 0;
}

/*
 * One step of the chain from PATH to an ELF file. Returns 0 with NEXT "" at its end, 0 with the
 * interpreter's path in NEXT (PATH_MAX bytes), or a status to refuse with.
 */
static int follow(const struct check *check, const char *path, char *next)
{
	char start[SCRIPT_LINE_MAX], interpreter[SCRIPT_LINE_MAX], argument[SCRIPT_LINE_MAX];
	struct elf_identity identity;
	int status = 0, error, fd;
	ssize_t size;

	next[0] = '\0';
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) /* executable but not readable: can't be checked */
		return 0;
	size = pread(fd, start, sizeof(start), 0);
	if (size >= 4 && memcmp(start, ELFMAG, SELFMAG) == 0) {
		if (!elf_identity_read(fd, &identity)) {
			status = refuse(check, EXIT_CANNOT_EXECUTE, "%s: damaged ELF file", path);
			goto out;
		}
		status = check_elf(check, fd, path, &identity);
		strcpy(check->found->sanitizer, identity.sanitizer);
		goto out;
	}
	/* execvp() runs it with the shell. */
	if (!script_interpreter(start, size < 0 ? 0 : (size_t)size, interpreter, argument)) {
		strcpy(next, "/bin/sh");
		goto out;
	}
	error = execute_error(interpreter);
	if (error) {
		status = refuse(check, EXIT_CANNOT_EXECUTE, "%s: its interpreter %s: %s", path,
				interpreter, strerror(error));
		goto out;
	}
	strcpy(next, interpreter);
	if (is_env(interpreter) && script_env_program(argument, interpreter)) {
		error = find_program(interpreter, next);
		if (error)
			status = refuse(
				check, error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE,
				"%s: its interpreter %s: %s", path, interpreter, strerror(error));
	}
out:
	close(fd);
	return status;
}

int preflight_check(const char *program, struct preflight *found, char *reason, size_t reason_size)
{
	const struct check check = {
		.found = found,
		.reason = reason,
		.reason_size = reason_size,
	};
	char next[PATH_MAX];
	int status, error;

	memset(found, 0, sizeof(*found));
	error = find_program(program, found->path);
	if (error)
		return refuse_lookup(&check, program, error);
	strcpy(found->executable, found->path);
	for (int depth = 0; depth <= INTERPRETERS_MAX; depth++) {
		status = follow(&check, found->executable, next);
		if (status || !next[0])
			return status;
		strcpy(found->executable, next);
	}
	return refuse(&check, EXIT_CANNOT_EXECUTE, "%s: too many levels of #! interpreters",
		      program);
}
