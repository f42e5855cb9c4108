/* SPDX-License-Identifier: MIT */
/* Takes a stack and hands it to the ledger. */
#ifndef FINLEAK_STACK_HERE_H
#define FINLEAK_STACK_HERE_H

#include <stdint.h>

struct visit;

/*
 * The id of the calling thread's stack, without the recorder's frames; 0: none could be had
 * (counted). VISIT has a recording. Signal-safe, as far as backtrace_take() is; any thread.
 */
uint32_t stack_here(const struct visit *visit);

#endif
