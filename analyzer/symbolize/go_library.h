/* SPDX-License-Identifier: MIT */
/* Which sources are those of Go's library and runtime: programs have it linked into them. */
#ifndef FINLEAK_GO_LIBRARY_H
#define FINLEAK_GO_LIBRARY_H

#include <stdbool.h>

/*
 * Is FILE, as debug information or pclntab spells it, a source of Go's library, wherever that lay
 * when the program was built, or with -trimpath of no folder at all? So is what the compiler made.
 */
bool go_is_library(const char *file);

/*
 * Does FUNCTION of Go's runtime go on with its thread's own stack, and leave for good that of the
 * goroutine that called it? What lies further out on that stack has not called it.
 */
bool go_leaves_stack(const char *function);

#endif
