/* SPDX-License-Identifier: MIT */
/* Which line locks the mutex that another thread waits for, by the sources of both. */
#ifndef FINLEAK_LOCK_CALLS_H
#define FINLEAK_LOCK_CALLS_H

#include "analyzer/call_sites/backtraces.h"

struct lock_call {
	char *mutex;       /* "journal"; NULL: unknown */
	char *function;    /* that locks it, without parentheses; NULL: unknown */
	const char *file;  /* NULL: no line is known. Lives as long as the symbolizer. */
	unsigned int line; /* in FILE */
};

/*
 * Fills in *CALL, whose strings the caller frees: the mutex that the line of WAITING locks, and the
 * line that locked it in a function that HOLDING (NULL: unknown), the stack of the thread that has
 * it, is still in; or else the only one outside of WAITING's function in its file, if the function
 * around that does not unlock it behind.
 */
void lock_call_find(struct symbolizer *symbolizer, const struct frame *waiting,
		    const struct backtrace *holding, struct lock_call *call);

#endif
