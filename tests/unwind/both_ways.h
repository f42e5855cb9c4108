/* SPDX-License-Identifier: MIT */
/*
 * Takes a stack by our unwinder, by our cursor and by libunwind's, and compares them frame by
 * frame. Without the cursor's cache: that one goes by the return address alone, and where a call is
 * the last instruction of its function takes the rule of the next function's first one.
 */
#ifndef FINLEAK_BOTH_WAYS_H
#define FINLEAK_BOTH_WAYS_H

#include <stddef.h>

/* What was compared since both_ways_begin(). Any thread and signal handler adds to it. */
struct both_ways {
	unsigned int stacks;
	unsigned int frames; /* equal ones */
	unsigned int beyond; /* stacks that our unwinder leaves to our cursor, at some frame */
	unsigned int broken; /* stacks that one of ours gave up */
	unsigned int wrong;  /* the first one is printed on stderr */
};

void both_ways_begin(void);

/* Compares the stacks of the caller. Signal-safe as far as libunwind is. */
void both_ways_compare(void);

struct both_ways both_ways_seen(void);

#endif
