/* SPDX-License-Identifier: MIT */
/*
 * Functions that do nothing but make a call for who calls them, by their source: `return recv(fd,
 * buffer, size, 0);`, or `writer.write(text); await writer.drain()` for the writer that they got.
 */
#ifndef FINLEAK_FORWARDING_H
#define FINLEAK_FORWARDING_H

#include "analyzer/symbolize/symbolize.h"

/* Each one includes those before it. */
enum forwarding {
	FORWARDS_NOTHING,
	FORWARDS_CALL,
	/* It returns what the call did, and keeps no judgement of it to itself. */
	FORWARDS_RESULT,
	/* The call reads, by its name. */
	FORWARDS_READ,
	/* It only peeks, and the function returns what it found: the caller decides. */
	FORWARDS_PEEK,
};

/*
 * What the function of FRAME forwards to its CALLER, whose line names it: a handler that a loop
 * calls by a pointer in a struct is not named there. FORWARDS_NOTHING where a source can't be read.
 */
enum forwarding forwarding_of(struct symbolizer *symbolizer, const struct frame *frame,
			      const struct frame *caller);

#endif
