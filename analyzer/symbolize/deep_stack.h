/* SPDX-License-Identifier: MIT */
/*
 * Work on a stack that is deep enough. libdw keeps the lines of a unit on the stack while it reads
 * them, and demanglers recurse: under `ulimit -s 64` that ends in a SIGSEGV.
 */
#ifndef FINLEAK_DEEP_STACK_H
#define FINLEAK_DEEP_STACK_H

/*
 * Calls WORK with ARGUMENT and returns when it has: in this thread where its stack may grow
 * far enough, otherwise in a new one.
 */
void deep_stack_call(void (*work)(void *argument), void *argument);

#endif
