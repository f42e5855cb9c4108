/* SPDX-License-Identifier: MIT */
/*
 * Where the way of a leak and the way of its closed siblings part. Behind one-line wrappers of
 * read() and close() that is the line the user needs, not the wrappers.
 */
#ifndef FINLEAK_DIVERGENCE_H
#define FINLEAK_DIVERGENCE_H

#include "analyzer/symbolize/symbolize.h"

/* Two calls in the same function; NULL: there is none that both stacks lead through. */
struct divergence {
	const struct frame *here;    /* to the read, on the way of the leak */
	const struct frame *closing; /* to the close, on the way of the others */
};

/*
 * The innermost function that stack HERE (of HERE_COUNT frames, innermost first) and stack CLOSING
 * were called through in the same way, where they leave it by different calls.
 */
struct divergence divergence_of(const struct frame *here, size_t here_count,
				const struct frame *closing, size_t closing_count);

/* Are A and B in the same function? In the same call of it? */
bool frames_share_function(const struct frame *a, const struct frame *b);
bool frames_share_call(const struct frame *a, const struct frame *b);

#endif
