/* SPDX-License-Identifier: MIT */
/* What the code that opens a connection calls to use it. */
#ifndef FINLEAK_USER_OF_OPENED_H
#define FINLEAK_USER_OF_OPENED_H

#include "analyzer/call_sites/stack_handlers.h"

/*
 * Has USED, the stack of a connection's use, no function in common with the own code of OPENED,
 * that of its opening? It is another thread's then, or of another handler of the loop.
 */
bool stacks_are_apart(struct stack_handlers *handlers, const struct stack_handler *opened,
		      struct backtrace *used, const struct own_globs *globs);

/*
 * What the function that leads to both has called for USED, or else, if that only reads in stack
 * READ (NULL: unknown), what it calls for the reply. NULL: the function that leads to both.
 */
const struct frame *user_of_opened(struct stack_handlers *handlers,
				   const struct stack_handler *opened, struct backtrace *used,
				   struct backtrace *read, const struct own_globs *globs);

#endif
