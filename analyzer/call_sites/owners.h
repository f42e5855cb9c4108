/* SPDX-License-Identifier: MIT */
/*
 * Functions that own a descriptor, by their source: what a call has opened for them stays in a
 * variable of theirs, and they close that themselves, on the paths that get there.
 */
#ifndef FINLEAK_OWNERS_H
#define FINLEAK_OWNERS_H

#include "analyzer/call_sites/backtraces.h"

/*
 * The frame of DECIDED, which read the end of what OPENED has opened, whose function owns it: it is
 * given to the call that leads to the read, and closed further on. Both are named. NULL: none does.
 */
const struct frame *owner_of(struct symbolizer *symbolizer, const struct backtrace *decided,
			     const struct backtrace *opened);

#endif
