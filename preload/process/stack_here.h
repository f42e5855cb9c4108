/* SPDX-License-Identifier: MIT */
/* Takes a stack and hands it to the ledger. */
#ifndef FINLEAK_STACK_HERE_H
#define FINLEAK_STACK_HERE_H

#include <stddef.h>
#include <stdint.h>

struct script_line;
struct visit;

/*
 * The id of the calling thread's stack, without the recorder's frames; 0: none could be had
 * (counted). unwind_signal_context is this stack's. VISIT has a recording. Signal-safe, as far as
 * backtrace_take() is; any thread.
 */
uint32_t stack_here(const struct visit *visit);

/*
 * The id of a stack that consists of LINES alone, COUNT of them, innermost first; 0: there are
 * none, or no room. As stack_here().
 */
uint32_t stack_of_script(const struct visit *visit, const struct script_line *lines, size_t count);

#endif
