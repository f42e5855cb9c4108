/* SPDX-License-Identifier: MIT */
#include "frames.h"

#include <execinfo.h>
#include <stdio.h>
#include <stdlib.h>

#define NOINLINE __attribute__((noinline))

/* One level of the nest. The empty asm keeps each a call, and each a function of its own. */
#define LEVEL(name, inner, number)                                                                 \
	static NOINLINE void name(frames_call *call, void *argument)                               \
	{                                                                                          \
		inner(call, argument);                                                             \
		__asm__ volatile("" : : "i"(number));                                              \
	}

static NOINLINE void level_0(frames_call *call, void *argument)
{
	call(argument);
	__asm__ volatile("");
}

LEVEL(level_1, level_0, 1)
LEVEL(level_2, level_1, 2)
LEVEL(level_3, level_2, 3)
LEVEL(level_4, level_3, 4)
LEVEL(level_5, level_4, 5)
LEVEL(level_6, level_5, 6)
LEVEL(level_7, level_6, 7)
LEVEL(level_8, level_7, 8)
LEVEL(level_9, level_8, 9)
LEVEL(level_10, level_9, 10)
LEVEL(level_11, level_10, 11)
LEVEL(level_12, level_11, 12)
LEVEL(level_13, level_12, 13)
LEVEL(level_14, level_13, 14)
LEVEL(level_15, level_14, 15)
LEVEL(level_16, level_15, 16)

typedef void level_call(frames_call *call, void *argument);

static level_call *const levels[] = {
	level_0, level_1,  level_2,  level_3,  level_4,  level_5,  level_6,  level_7,  level_8,
	level_9, level_10, level_11, level_12, level_13, level_14, level_15, level_16,
};

static void count(void *found)
{
	void *frames[64];

	*(int *)found = backtrace(frames, 64);
}

void frames_below(int frames, int *depth, frames_call *call, void *argument)
{
	int known = __atomic_load_n(depth, __ATOMIC_RELAXED), more;

	if (!known) {
		level_0(count, &known);
		__atomic_store_n(depth, known, __ATOMIC_RELAXED);
	}
	more = frames - known;
	if (more < 0 || more >= (int)(sizeof(levels) / sizeof(levels[0]))) {
		fprintf(stderr, "bench: no %d frames from a depth of %d\n", frames, known);
		exit(1);
	}
	levels[more](call, argument);
	__asm__ volatile("");
}
