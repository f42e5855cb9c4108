/* SPDX-License-Identifier: MIT */
/*
 * Walks the calling thread's stack by the rules of unwind_rules, which it completes by unwind_cfi.
 * x86_64 with glibc 2.35 or later. No locks, no allocation, about 1 KiB of stack; never faults,
 * whatever the stack holds. Signal-safe, any thread.
 */
#ifndef FINLEAK_UNWIND_STACK_H
#define FINLEAK_UNWIND_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a walk begins. */
struct unwind_registers {
	uint64_t pc, sp, fp;
};

/* The registers of the function that calls this. It must not return before the walk is over. */
static inline __attribute__((always_inline)) struct unwind_registers unwind_here(void)
{
	struct unwind_registers here = { .pc = 0 };

#if defined(__x86_64__)
	__asm__ volatile("lea 0(%%rip), %0\n\tmov %%rsp, %1\n\tmov %%rbp, %2"
			 : "=&r"(here.pc), "=&r"(here.sp), "=&r"(here.fp));
#endif
	return here;
}

enum unwind_end {
	UNWIND_WHOLE,  /* up to the outermost frame */
	UNWIND_FULL,   /* there are more frames than were asked for */
	UNWIND_BROKEN, /* what is there is no stack, or an overwritten one: kept as far as it is */
	UNWIND_BEYOND, /* a frame needs more than a short rule: unwind_cursor */
};

/* Code whose frames are left out: [start, end). */
struct unwind_hidden {
	uint64_t start, end;
};

/* Makes walks possible. False: not on this machine, or not with this libc. *Start-up only.* */
bool unwind_stack_start(void);

/*
 * Stores up to MAX addresses in PC, from FROM outwards: that of FROM itself, then return addresses
 * (of what a signal interrupted: the next instruction). Returns how many; *end is how it ended.
 * May change errno.
 */
size_t unwind_stack(const struct unwind_registers *from, const struct unwind_hidden *hidden,
		    uint64_t *pc, size_t max, enum unwind_end *end);

#endif
