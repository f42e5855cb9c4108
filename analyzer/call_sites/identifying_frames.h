/* SPDX-License-Identifier: MIT */
/*
 * Which frames of a stack distinguish one place in the source from another. Code that was made at
 * run time does not: one line is compiled several times, or interpreted at first. Neither do frames
 * without a name in stripped libraries.
 */
#ifndef FINLEAK_IDENTIFYING_FRAMES_H
#define FINLEAK_IDENTIFYING_FRAMES_H

#include "analyzer/call_sites/own_code.h"
#include "analyzer/symbolize/symbolize.h"

/*
 * The *identifying_count frames of a stack of COUNT that identify its place, innermost first, for
 * the caller to free. Where none does, these are all. EXECUTABLE and GLOBS as in own_code_site().
 */
const struct frame **identifying_frames(const struct frame *frames, size_t count,
					const char *executable, const struct own_globs *globs,
					size_t *identifying_count);

#endif
