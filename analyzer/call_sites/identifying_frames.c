/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/identifying_frames.h"

#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/call_sites/own_code.h"

/*
 * V8 (Node.js): its interpreter stands in the place of functions that it has not compiled yet. What
 * enters JavaScript is the event loop, by one of several ways.
 */
static bool is_engine(const struct frame *frame)
{
	return frame->function && strncmp(frame->function, "Builtins_", 9) == 0;
}

/* A read goes by one way or another through it, as the bytes are there or not. */
static bool is_built_in(const struct frame *frame)
{
	return frame->script && frame->file && language_built_in(frame->language, frame->file);
}

/* A greenlet begins: what called it is another one, and not always still on the stack. */
static bool is_engine_entry(const struct frame *frame)
{
	return frame->function && (strcmp(frame->function, "Builtins_JSEntry") == 0 ||
				   strncmp(frame->function, "greenlet::", 10) == 0);
}

const struct frame **identifying_frames(const struct frame *frames, size_t count,
					const char *executable, const struct own_globs *globs,
					size_t *identifying_count)
{
	const struct frame **identifying = allocate_zeroed(count ? count : 1, sizeof(*identifying));
	size_t i;

	*identifying_count = 0;
	for (i = 0; i < count && !is_engine_entry(&frames[i]); i++)
		if (!is_engine(&frames[i]) && !is_built_in(&frames[i]) &&
		    !own_code_is_nameless(&frames[i], executable, globs))
			identifying[(*identifying_count)++] = &frames[i];
	if (*identifying_count)
		return identifying;
	for (i = 0; i < count; i++)
		identifying[i] = &frames[i];
	*identifying_count = count;
	return identifying;
}
