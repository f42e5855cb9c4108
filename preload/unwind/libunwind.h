/* SPDX-License-Identifier: MIT */
/*
 * Stacks by libunwind, which takes locks of its own: its callers see to it that no fork happens
 * meanwhile, and that they are in a visit (libunwind calls what is interposed).
 */
#ifndef FINLEAK_LIBUNWIND_H
#define FINLEAK_LIBUNWIND_H

#include <stdbool.h>
#include <stddef.h>

/* Loads libunwind. False: there is none that can be used. *Start-up only.* */
bool libunwind_start(void);

/*
 * From now on steps frame by frame, by a cursor: slower by two orders of magnitude than
 * unw_backtrace(), but that one remembers for each return address how to step over it, in each
 * thread again (256 KiB), and nothing makes it forget (unw_flush_cache does not reach that memory):
 * where code has been unloaded only the cursor is right.
 */
void libunwind_use_cursor(void);

/* Drops what is remembered of addresses. Any thread. */
void libunwind_forget(void);

/*
 * Stores up to MAX addresses of the calling thread's stack in FRAMES, innermost first: its own
 * caller's, then return addresses. Returns how many. Takes 3.3 KiB of stack at 64 frames
 * (measured), a fifth more for each 64. In a signal handler only as far as libunwind is
 * signal-safe.
 */
size_t libunwind_walk(void **frames, size_t max);

#endif
