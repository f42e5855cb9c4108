/* SPDX-License-Identifier: MIT */
/*
 * The handler that an event loop calls, by all stacks of its process: where none of a connection's
 * own stacks leads to a handler, the only one that the loop is recorded to call may be its.
 */
#ifndef FINLEAK_LOOP_HANDLERS_H
#define FINLEAK_LOOP_HANDLERS_H

#include "analyzer/call_sites/stack_handlers.h"

struct loop_handlers;

/* Refers to all arguments; end with loop_handlers_free. */
struct loop_handlers *loop_handlers_new(struct stack_handlers *handlers,
					struct backtraces *backtraces,
					const struct own_globs *globs);
void loop_handlers_free(struct loop_handlers *loops);

/*
 * The only handler that is called, in a stack of RECORDING, by the dispatcher which LOOP is in, of
 * a program that is EXECUTABLE: a call that it makes, and *BACKTRACE, which that is in. NULL: there
 * is none, or several are, or LOOP is in no dispatcher. Lives as long as LOOPS.
 */
const struct frame *loop_handler(struct loop_handlers *loops, const struct stack_handler *loop,
				 const struct recording *recording, const char *executable,
				 const struct backtrace **backtrace);

#endif
