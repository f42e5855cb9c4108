/* SPDX-License-Identifier: MIT */
/* Which frames are the program's own code, and so can be the site of a leak. */
#ifndef FINLEAK_OWN_CODE_H
#define FINLEAK_OWN_CODE_H

#include "analyzer/symbolize/symbolize.h"

/*
 * The innermost of COUNT frames in a module that matches one of the OWN globs (path or file name;
 * NULL-terminated; NULL: EXECUTABLE and all outside the system's library folders; where an
 * interpreter ran a script also less the interpreter, its library and its installed packages).
 * Frames of such a module whose source is a system header (what a macro of _FORTIFY_SOURCE or a
 * template brought in) are passed over while there are others.
 * Without one the innermost frame of a script, without that the innermost named frame, without that
 * the innermost; NULL for no frames.
 */
const struct frame *own_code_site(const struct frame *frames, size_t count, const char *executable,
				  const char *const *own);

#endif
