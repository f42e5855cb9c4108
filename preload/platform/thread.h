/* SPDX-License-Identifier: MIT */
/* The calling thread's number. */
#ifndef FINLEAK_THREAD_H
#define FINLEAK_THREAD_H

#include <stdint.h>

/*
 * The calling thread's id (gettid()), asked of the kernel once for each thread. PID is that of the
 * process: a forked child has another one, and asks again. Signal-safe; errno is left undefined.
 */
int32_t thread_id(int32_t pid);

#endif
