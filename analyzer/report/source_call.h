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

/*
 * "`finish(client);` at a.c:50": a pointer to a function is not known by the line's number. "the
 * call at a.c:50" where FRAME's line is unknown, or is no call to quote. The caller frees it.
 */
char *source_quoted_call(const struct frame *frame, struct symbolizer *symbolizer);

#endif
