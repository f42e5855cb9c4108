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
	bool is_searched; /* PATH without a slash is looked for in $PATH */
};

/*
 * Does the loader bring the recorder into TARGET, started with ENVIRONMENT (NULL: our own)? Not
 * where LD_PRELOAD has been dropped, nor where the file gives its process other rights. Up to a few
 * system calls; errno may change.
 */
bool exec_target_is_recorded(const struct exec_target *target, char *const *environment);

#endif
