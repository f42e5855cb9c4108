/* SPDX-License-Identifier: MIT */
/*
 * Which ELF file runs when PROGRAM is started, and whether a library can be preloaded into it.
 * Follows PATH as execvp() does and #! lines as the kernel does, without starting anything.
 */
#ifndef FINLEAK_PREFLIGHT_H
#define FINLEAK_PREFLIGHT_H

#include <limits.h>
#include <stddef.h>

struct preflight {
	char path[PATH_MAX];          /* where PROGRAM was found */
	char executable[PATH_MAX];    /* the ELF file behind it: PROGRAM or its interpreter */
	char sanitizer[NAME_MAX + 1]; /* the sanitizer runtime that the executable needs to have
					 first in the process; "" none */
	const char *obstacle; /* what keeps a library out of it, as "is ..." or "has ..."; NULL:
				 nothing, or no library of ours could be meant for it */
};

/*
 * Returns 0 with *FOUND filled in, or 125 (can't be recorded), 126 (can't be executed) or 127 (not
 * found) with one line for the user in REASON.
 */
int preflight_check(const char *program, struct preflight *found, char *reason, size_t reason_size);

#endif
