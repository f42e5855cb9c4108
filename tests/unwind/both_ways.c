/* SPDX-License-Identifier: MIT */
#include "both_ways.h"

#define UNW_LOCAL_ONLY
#include <libunwind.h>
#include <dlfcn.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include "preload/unwind/unwind_cursor.h"
#include "preload/unwind/unwind_stack.h"

#define FRAMES_MAX 256

static struct both_ways seen;

void both_ways_begin(void)
{
	unw_set_caching_policy(unw_local_addr_space, UNW_CACHE_NONE);
	seen = (struct both_ways){ .stacks = 0 };
}

struct both_ways both_ways_seen(void)
{
	return seen;
}

static void print_frame(const char *whose, size_t i, uint64_t pc)
{
	Dl_info found;

	if (pc && dladdr((void *)(uintptr_t)pc, &found) && found.dli_fname)
		fprintf(stderr, "  %s %zu: %#" PRIx64 " %s %s+%#" PRIx64 "\n", whose, i, pc,
			found.dli_fname, found.dli_sname ? found.dli_sname : "?",
			pc - (uintptr_t)(found.dli_sname ? found.dli_saddr : found.dli_fbase));
	else
		fprintf(stderr, "  %s %zu: %#" PRIx64 "\n", whose, i, pc);
}

static void print_stacks(const uint64_t *ours, size_t our_count, const uint64_t *theirs,
			 size_t their_count, enum unwind_end end)
{
	size_t i;

	fprintf(stderr, "the stacks differ (our end: %d):\n", end);
	for (i = 0; i < our_count; i++)
		print_frame("ours", i, ours[i]);
	for (i = 0; i < their_count; i++)
		print_frame("libunwind's", i, theirs[i]);
}

/* Returns how many frames are equal. */
static unsigned int compare(const uint64_t *ours, size_t our_count, const uint64_t *theirs,
			    size_t their_count, enum unwind_end end)
{
	int whole = end == UNWIND_WHOLE || end == UNWIND_FULL;
	size_t i = 0;

	/* The first one is where each of them was asked. */
	while (i + 1 < our_count && i + 1 < their_count && ours[i + 1] == theirs[i + 1])
		i++;
	if (our_count > 0 && i + 1 == our_count && (!whole || our_count == their_count))
		return (unsigned int)i;
	if (__atomic_fetch_add(&seen.wrong, 1, __ATOMIC_RELAXED) == 0)
		print_stacks(ours, our_count, theirs, their_count, end);
	return (unsigned int)i;
}

__attribute__((noinline)) void both_ways_compare(void)
{
	static const struct unwind_hidden nothing;
	const struct unwind_registers here = unwind_here();
	uint64_t ours[FRAMES_MAX], cursors[FRAMES_MAX], theirs[FRAMES_MAX];
	size_t our_count, cursor_count, their_count = 0;
	enum unwind_end end, cursor_end;
	bool plain;
	unw_context_t context;
	unw_cursor_t cursor;
	unw_word_t pc;

	our_count = unwind_stack(&here, &nothing, ours, FRAMES_MAX, &end);
	cursor_count = unwind_cursor_walk(&nothing, cursors, FRAMES_MAX, &cursor_end, &plain);
	unw_getcontext(&context);
	if (unw_init_local(&cursor, &context) == 0)
		while (their_count < FRAMES_MAX && unw_get_reg(&cursor, UNW_REG_IP, &pc) == 0 &&
		       pc) {
			theirs[their_count++] = pc;
			if (unw_step(&cursor) <= 0)
				break;
		}
	__atomic_fetch_add(&seen.stacks, 1, __ATOMIC_RELAXED);
	if (end == UNWIND_BEYOND)
		__atomic_fetch_add(&seen.beyond, 1, __ATOMIC_RELAXED);
	if (end == UNWIND_BROKEN || cursor_end == UNWIND_BROKEN)
		__atomic_fetch_add(&seen.broken, 1, __ATOMIC_RELAXED);
	/* It begins in a frame of its own. */
	compare(cursors + 1, cursor_count - 1, theirs, their_count, cursor_end);
	__atomic_fetch_add(&seen.frames, compare(ours, our_count, theirs, their_count, end),
			   __ATOMIC_RELAXED);
}
