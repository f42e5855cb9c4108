/* SPDX-License-Identifier: MIT */
/*
 * close(2) as a bare system call: not through libc, whose close() is interposed and a cancellation
 * point. Any thread, signal-safe.
 */
#ifndef FINLEAK_RAW_CLOSE_H
#define FINLEAK_RAW_CLOSE_H

#include <sys/syscall.h>

/* Closes FD; an error is ignored. Leaves errno alone. */
static inline void raw_close(int fd)
{
#if defined(__x86_64__)
	long number = SYS_close;

	__asm__ volatile("syscall" : "+a"(number) : "D"((long)fd) : "rcx", "r11", "memory");
#elif defined(__aarch64__)
	register long number __asm__("x8") = SYS_close;
	register long argument __asm__("x0") = fd;

	__asm__ volatile("svc 0" : "+r"(argument) : "r"(number) : "memory");
#else
#error "raw_close.h: this architecture is not known yet"
#endif
}

#endif
