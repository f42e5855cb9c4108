/* SPDX-License-Identifier: MIT */
/*
 * How far a stack reaches, so that walking it never faults, whatever is written there. The pages of
 * the thread's own stack are asked of the kernel once in its life: nobody can unmap them while it
 * runs. Those of any other (an alternate signal stack, a coroutine's) are asked in each walk.
 * Signal-safe, any thread.
 */
#ifndef FINLEAK_UNWIND_BOUNDS_H
#define FINLEAK_UNWIND_BOUNDS_H

#include <stdbool.h>
#include <stdint.h>

/* [low, high) can be read. */
struct unwind_bounds {
	uintptr_t low, high;
	bool is_own; /* the thread's own stack: there is no more of it above */
};

/* Learns where the first thread's stack begins. In that thread, *at start-up only.* */
void unwind_bounds_start(void);

/*
 * The bounds of the stack that SP points into: its own or another one, as far as is known at once.
 * False: SP can't be one. May change errno.
 */
bool unwind_bounds_of(uintptr_t sp, struct unwind_bounds *bounds);

/*
 * Does PLACE lie on the stack of the thread whose thread-local storage this is, as far as stacks
 * that were taken have shown it? Asks nobody. False where none was taken yet.
 */
bool unwind_bounds_are_own(uintptr_t place);

/*
 * From PLACE on the way up is guessed. Below a thread's stack, in the same mapping, others may lie
 * (coroutines', in a program that brings its stacks itself), and parts of them may be protected by
 * now: unwind information leads nowhere else, but a guess might. Pages are asked about again.
 */
void unwind_bounds_doubt(struct unwind_bounds *bounds, uintptr_t place);

/* Makes the bounds of another stack reach up to END, if all up to there can be read. */
bool unwind_bounds_extend(struct unwind_bounds *bounds, uintptr_t end);

/* Are the 8 bytes at PLACE within bounds, or can they be brought within them? */
static inline bool unwind_bounds_hold(struct unwind_bounds *bounds, uintptr_t place)
{
	return place >= bounds->low && place % 8 == 0 &&
	       (place + 8 <= bounds->high || unwind_bounds_extend(bounds, place + 8));
}

/*
 * Reads SIZE bytes (1, 2, 4 or 8) at PLACE into *value, if they lie within bounds that hold them,
 * or else in a readable segment of a loaded object. May change errno.
 */
bool unwind_bounds_read(struct unwind_bounds *bounds, uintptr_t place, unsigned int size,
			uint64_t *value);

#endif
