/* SPDX-License-Identifier: MIT */
/* The calling thread. */
#ifndef FINLEAK_THREAD_H
#define FINLEAK_THREAD_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The calling thread's id (gettid()), asked of the kernel once for each thread. PID is that of the
 * process: a forked child has another one, and asks again. Signal-safe; errno is left undefined.
 */
int32_t thread_id(int32_t pid);

/*
 * Is there thread-local storage of libc's making? A helper process that shares our memory may run
 * on a block of zeros (clone() with CLONE_SETTLS: Chromium's sandbox): errno is no place there, and
 * nothing of a thread may be touched: so errno is read only where a call has failed, and this is
 * asked before anything else. libc never leaves these words zero: the block's own address (x86_64),
 * the thread's vector of modules (aarch64). Signal-safe, touches nothing else.
 */
static inline bool thread_storage_is_set_up(void)
{
#if defined(__x86_64__)
	uintptr_t self;

	__asm__("mov %%fs:0, %0" : "=r"(self));
	return self != 0;
#else
	return *(const uintptr_t *)__builtin_thread_pointer() != 0;
#endif
}

#endif
