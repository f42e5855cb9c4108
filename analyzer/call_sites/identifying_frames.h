/* SPDX-License-Identifier: MIT */
/*
 * Which frames of a stack distinguish one place in the source from another. Code that was made at
 * run time does not: one line is compiled several times, or interpreted at first. Neither do frames
 * without a name in stripped libraries, nor what called the program's own code: a server or a pool
 * of threads has several ways to do so.
 */
#ifndef FINLEAK_IDENTIFYING_FRAMES_H
#define FINLEAK_IDENTIFYING_FRAMES_H

#include <stdbool.h>

#include "analyzer/call_sites/own_code.h"
#include "analyzer/symbolize/symbolize.h"

/*
 * The *identifying_count frames of a stack of COUNT that identify its place, innermost first, for
 * the caller to free. Where none does, these are all. EXECUTABLE and GLOBS as in own_code_site().
 */
const struct frame **identifying_frames(const struct frame *frames, size_t count,
					const char *executable, const struct own_globs *globs,
					size_t *identifying_count);

/* Is there own code of a script in COUNT FRAMES? Then native code is no one's own. */
bool frames_run_script(const struct frame *const *frames, size_t count, const char *executable,
		       const struct own_globs *globs);

#endif
