/* SPDX-License-Identifier: MIT */
/*
 * The code that an attached process has mapped, from /proc/PID/maps, read again when an address is
 * in none of it. Files are opened as the process sees them, so those of another mount namespace,
 * and deleted ones, are found as well.
 */
#ifndef FINLEAK_TARGET_CODE_H
#define FINLEAK_TARGET_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/attach/code_image.h"

/* A mapped ELF file. */
struct target_module {
	uint64_t start, end; /* of all its segments in memory */
	uint64_t bias;
	struct code_image *image;
	char *path; /* as the process sees it */
	bool is_libc;
};

struct target_code;

/* The code of process PID as it is now. */
struct target_code *target_code_new(int pid);

/* That of process PID, a forked child of the one with CODE: it has the same, and may end soon. */
struct target_code *target_code_fork(const struct target_code *code, int pid);

/* NULL is allowed. */
void target_code_free(struct target_code *code);

/* The module that ADDRESS lies in; NULL: none (code made at run time). Valid until the next call.
 */
struct target_module *target_code_at(struct target_code *code, uint64_t address);

#endif
