/* SPDX-License-Identifier: MIT */
/*
 * Walks the calling thread's stack by all that unwind information can express: the CFA by any
 * register or expression, registers saved anywhere. Slower than unwind_stack(), which asks for it
 * where a frame needs more than a short rule. Unwind information may be damaged: whatever is in it,
 * nothing is read but what lies in the stack or in a loaded segment. x86_64 with glibc 2.35 or
 * later. No locks, no allocation, 2 KiB of stack. Signal-safe, any thread.
 */
#ifndef FINLEAK_UNWIND_CURSOR_H
#define FINLEAK_UNWIND_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "preload/unwind/unwind_stack.h"

/*
 * As unwind_stack(), from its own frame outwards; *end is never UNWIND_BEYOND. *plain: the stack
 * was followed to its end, by what every unwinder follows alike, so that whoever follows it again
 * reads nothing that has not been read.
 */
size_t unwind_cursor_walk(const struct unwind_hidden *hidden, uint64_t *pc, size_t max,
			  enum unwind_end *end, bool *plain);

#endif
