/* SPDX-License-Identifier: MIT */
/*
 * The collection that a function puts its connection into, by its source: `subscribers.append(
 * stream)`, `sessions[fd] = session`. What takes it out again anywhere in the file, or may do so,
 * leaves it open who keeps it.
 */
#ifndef FINLEAK_KEPT_IN_H
#define FINLEAK_KEPT_IN_H

#include "analyzer/source/source_words.h"

struct kept_in {
	struct name collection; /* "self.streams", as the source has it; LENGTH 0: not known */
	struct name variable;   /* "stream": what is put there */
	unsigned int number;    /* the line that puts it there */
};

/*
 * Of the connection that FRAME's line opens (IS_OPENED), or else the one that a call there is made
 * on. The line that keeps it is on the same path.
 */
struct kept_in kept_in_of(struct symbolizer *symbolizer, const struct frame *frame, bool is_opened);

#endif
