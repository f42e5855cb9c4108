/* SPDX-License-Identifier: MIT */
/* What a thread of a running process is doing, as /proc tells it. */
#ifndef FINLEAK_KERNEL_THREAD_H
#define FINLEAK_KERNEL_THREAD_H

#include <stddef.h>

/*
 * "waits in futex()", "runs", "has ended"; into TEXT of SIZE bytes. "" where the kernel does not
 * say.
 */
void kernel_thread_describe(char *text, size_t size, int pid, int thread);

#endif
