/* SPDX-License-Identifier: MIT */
#include "preload/runtimes/script_merge.h"

#define ENDS_RUN 0x80000000u /* rows are fewer */

bool script_frames_add(struct script_frames *frames, uint32_t row)
{
	if (frames->count == frames->max) {
		frames->cut = true;
		return false;
	}
	frames->rows[frames->count++] = row;
	return true;
}

void script_frames_end_run(struct script_frames *frames)
{
	if (frames->count == 0 || frames->rows[frames->count - 1] & ENDS_RUN)
		return;
	frames->rows[frames->count - 1] |= ENDS_RUN;
	frames->runs++;
}

/* Where a merged stack is written. */
struct merged {
	uint64_t *pc;
	size_t count, max;
	bool cut;
};

static void put(struct merged *merged, uint64_t pc)
{
	if (merged->count < merged->max)
		merged->pc[merged->count++] = pc;
	else
		merged->cut = true;
}

/* Puts frames from *next on: those of one run, or all that are left. */
static void put_scripts(struct merged *merged, const struct script_frames *frames, size_t *next,
			bool all)
{
	while (*next < frames->count) {
		uint32_t row = frames->rows[(*next)++];

		put(merged, RECORDED_SCRIPT_FRAME | (row & ~ENDS_RUN));
		if (!all && (row & ENDS_RUN))
			break;
	}
}

void native_kinds_find(struct native_kinds *kinds, size_t count)
{
	size_t i;

	kinds->loops = 0;
	kinds->first = kinds->last = count;
	for (i = 0; i < count; i++) {
		if (kinds->of[i] != NATIVE_LOOP)
			continue;
		if (kinds->loops++ == 0)
			kinds->first = i;
		kinds->last = i;
	}
	/* Compilers put rare parts of a function elsewhere: somewhere in the runtime, then. */
	for (i = 0; kinds->loops == 0 && i < count; i++)
		if (kinds->of[i] == NATIVE_RUNTIME) {
			kinds->first = kinds->last = i;
			return;
		}
}

size_t script_frames_place(const struct script_frames *frames, const struct native_stack *native,
			   const struct native_kinds *kinds, uint64_t *merged, size_t max,
			   bool *cut)
{
	struct merged out = { .pc = merged, .max = max };
	const bool exact = kinds->loops == frames->runs ||
			   (native->cut && kinds->loops < frames->runs) ||
			   (frames->cut && kinds->loops > frames->runs);
	size_t next = 0, i;

	for (i = 0; i < native->count; i++) {
		if (i == kinds->first || (exact && kinds->of[i] == NATIVE_LOOP))
			put_scripts(&out, frames, &next, !exact);
		if (i > kinds->last && frames->is_whole)
			break;
		if (kinds->of[i] == NATIVE_FOREIGN)
			put(&out, native->pc[i]);
	}
	put_scripts(&out, frames, &next, true);
	*cut = (native->cut && !frames->is_whole) || out.cut || frames->cut;
	return out.count;
}
