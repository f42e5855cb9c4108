/* SPDX-License-Identifier: MIT */
/*
 * Bare system calls for the ledger: not through libc, whose close() and pwrite() are interposed or
 * cancellation points. They leave errno alone. Any thread, signal-safe.
 */
#ifndef FINLEAK_RAW_CALLS_H
#define FINLEAK_RAW_CALLS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

/* Returns what the kernel does: a negative errno after a failure. */
static inline long raw_call5(long number, long a, long b, long c, long d, long e)
{
#if defined(__x86_64__)
	register long fourth __asm__("r10") = d;
	register long fifth __asm__("r8") = e;

	__asm__ volatile("syscall"
			 : "+a"(number)
			 : "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth)
			 : "rcx", "r11", "memory");
	return number;
#elif defined(__aarch64__)
	register long call __asm__("x8") = number;
	register long first __asm__("x0") = a;
	register long second __asm__("x1") = b;
	register long third __asm__("x2") = c;
	register long fourth __asm__("x3") = d;
	register long fifth __asm__("x4") = e;

	__asm__ volatile("svc 0"
			 : "+r"(first)
			 : "r"(call), "r"(second), "r"(third), "r"(fourth), "r"(fifth)
			 : "memory");
	return first;
#else
#error "raw_calls.h: this architecture is not known yet"
#endif
}

/* The same, of a call with four arguments at most. */
static inline long raw_call(long number, long a, long b, long c, long d)
{
	return raw_call5(number, a, b, c, d, 0);
}

static inline long raw_close(int fd)
{
	return raw_call(SYS_close, fd, 0, 0, 0);
}

static inline long raw_pwrite(int fd, const void *bytes, size_t size, uint64_t offset)
{
	return raw_call(SYS_pwrite64, fd, (long)(uintptr_t)bytes, (long)size, (long)offset);
}

#endif
