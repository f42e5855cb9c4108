/* SPDX-License-Identifier: MIT */
/* Which call stands on a line of source. */
#ifndef FINLEAK_SOURCE_CALL_H
#define FINLEAK_SOURCE_CALL_H

#include <stdbool.h>

#include "analyzer/symbolize/symbolize.h"

/*
 * The first of the COUNT NAMES that FRAME's line of source calls: NAME(...). METHODS: x.NAME(...)
 * counts too. NULL: it calls none of them, or the line is unknown. FRAME may be NULL.
 */
const char *source_call(const struct frame *frame, const char *const *names, size_t count,
			bool methods, struct symbolizer *symbolizer);

#endif
