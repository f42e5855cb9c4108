/* SPDX-License-Identifier: MIT */
/* What a program that is about to be executed does to the recorder. Signal-safe, any thread. */
#ifndef FINLEAK_EXEC_TARGET_H
#define FINLEAK_EXEC_TARGET_H

#include <stdbool.h>

/* As the calls of the exec family have it. */
struct exec_target {
	int folder;       /* that PATH is relative to; AT_FDCWD */
	const char *path; /* NULL: unknown */
	int flags;        /* AT_* of execveat() */
	bool is_searched; /* PATH without a slash is searched for in $PATH */
};

/* What becomes of recording. */
enum exec_fate {
	EXEC_RECORDED,   /* the loader brings the recorder into TARGET, as far as is known */
	EXEC_NEEDS_NONE, /* it does not, and TARGET opens no sockets */
	EXEC_UNSEEN,     /* it does not: LD_PRELOAD was dropped, the file changes rights, or
			    its options name another folder than that of `finleak run` */
	EXEC_IMPOSSIBLE, /* it never does: TARGET is static, or of another architecture or libc */
};

/*
 * Will a program that is started with ENVIRONMENT (NULL: our own) find what it needs to make a
 * recording: the library, the folder, room, no limit? False: not certain. Some system calls.
 */
bool exec_target_can_record(char *const *environment);

/* What becomes of TARGET, started with ENVIRONMENT (NULL: our own). Some system calls; errno may
 * change. */
enum exec_fate exec_target_fate(const struct exec_target *target, char *const *environment);

#endif
