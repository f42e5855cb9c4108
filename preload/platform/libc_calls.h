/* SPDX-License-Identifier: MIT */
/*
 * The recorder's own calls of libc go to libc itself, past whoever stands in front of it in the
 * program: a sanitizer's interceptor takes the recorder's lock-free tables for data races (TSan)
 * and its stack for uninitialised memory (MSan), and ends the program. libc_calls.def lists them;
 * early_calls.S defines each as a hidden symbol, so that nothing changes where it is called. What
 * is interposed goes by `real.` to the next in line, as the program's own call does.
 */
#ifndef FINLEAK_LIBC_CALLS_H
#define FINLEAK_LIBC_CALLS_H

#include <stdbool.h>

/* Is this libc glibc? The recorder does not start with another one. Signal-safe, any thread. */
bool libc_is_known(void);

/*
 * Finds libc's own definition of NAME, whoever else defines it. NULL: there is none. Start-up, or
 * the first call of an earlier constructor; any thread, not signal-safe (the loader's lock).
 */
void *libc_call_find(const char *name);

/* Binds all of libc_calls.def. As libc_call_find(). */
void libc_calls_resolve(void);

#endif
