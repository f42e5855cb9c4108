/* SPDX-License-Identifier: MIT */
/*
 * The recorder's backtrace.c, but each stack that it takes is taken by libunwind's cursor, too.
 * Where they differ the program is aborted, with both stacks on stderr.
 */
#include "preload/unwind/backtrace.h"

static size_t backtrace_take_one_way(const struct unwind_registers *from, uint64_t *pc, size_t max,
				     bool *cut);

#define backtrace_take backtrace_take_one_way
#include "preload/unwind/backtrace.c"
#undef backtrace_take

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "preload/recording/recording.h"

/* Not through stdio, which is the program's. */
static void print_stack(const char *whose, const uint64_t *pc, size_t count)
{
	char line[80];
	size_t i;

	for (i = 0; i < count; i++) {
		snprintf(line, sizeof(line), "%s %zu: %#" PRIx64 "\n", whose, i, pc[i]);
		real.write(2, line, strlen(line));
	}
}

/*
 * libunwind has the frame twice that called code without unwind information, and goes on where ours
 * says that it can't.
 */
static bool is_same(const uint64_t *ours, size_t our_count, const uint64_t *theirs,
		    size_t their_count, bool cut)
{
	size_t i, j;

	for (i = j = 0; i < our_count && j < their_count; i++, j++) {
		if (ours[i] != theirs[j] && j > 0 && theirs[j] == theirs[j - 1])
			j++;
		if (j == their_count || ours[i] != theirs[j])
			return false;
	}
	return i == our_count && (cut || j == their_count);
}

size_t backtrace_take(const struct unwind_registers *from, uint64_t *pc, size_t max, bool *cut)
{
	uint64_t theirs[RECORDED_FRAMES_MAX];
	size_t count = backtrace_take_one_way(from, pc, max, cut), their_count;
	bool their_cut;

	/* The frames of duplicates are to be in it as well. */
	if (!has_own_unwinder || !has_libunwind || count == 0 ||
	    !has_room(3 * ROOM_NEEDED_BY_LIBUNWIND))
		return count;
	their_count = take_by_libunwind(theirs, RECORDED_FRAMES_MAX, &their_cut);
	if (!is_same(pc, count, theirs, their_count, *cut)) {
		print_stack("ours", pc, count);
		print_stack("libunwind's", theirs, their_count);
		__builtin_trap();
	}
	return count;
}
