/* SPDX-License-Identifier: MIT */
#include "preload/runtimes/script_frames.h"

#include "preload/ledger/ledger.h"

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

/* Whose the native frames are. */
struct native_kinds {
	uint8_t of[RECORDED_FRAMES_MAX]; /* enum native_frame */
	size_t loops;
	size_t first, last; /* indexes of the loops; how many frames there are: no runtime's */
};

static void find_kinds(const struct runtime *runtime, const struct native_stack *native,
		       struct native_kinds *kinds)
{
	size_t i;

	kinds->loops = 0;
	kinds->first = kinds->last = native->count;
	for (i = 0; i < native->count; i++) {
		enum native_frame kind = recorded_is_script(native->pc[i])
						 ? NATIVE_FOREIGN
						 : runtime->native_frame(native->pc[i]);

		kinds->of[i] = (uint8_t)kind;
		if (kind != NATIVE_LOOP)
			continue;
		if (kinds->loops++ == 0)
			kinds->first = i;
		kinds->last = i;
	}
	/* Compilers put rare parts of a function elsewhere: somewhere in the runtime, then. */
	for (i = 0; kinds->loops == 0 && i < native->count; i++)
		if (kinds->of[i] == NATIVE_RUNTIME) {
			kinds->first = kinds->last = i;
			return;
		}
}

static bool take(struct ledger *ledger, const struct runtime *runtime,
		 const struct native_stack *native, struct script_frames *frames)
{
	frames->count = frames->runs = 0;
	frames->cut = frames->is_whole = false;
	switch (runtime->take(ledger, native, frames)) {
	case TOOK_FRAMES:
		return frames->count > 0;
	case TOOK_NO_ROOM:
		ledger_count_lost(ledger, LOST_SCRIPTS);
		return false;
	case TOOK_NOTHING:
		break;
	}
	return false;
}

size_t script_frames_merge(struct ledger *ledger, const struct runtime *runtime,
			   const struct native_stack *native, uint64_t *merged, size_t max,
			   bool *cut)
{
	struct merged out = { .pc = merged, .max = max };
	struct script_frames frames = { .max = max };
	struct native_kinds kinds;
	size_t next = 0, i;
	bool exact;

	find_kinds(runtime, native, &kinds);
	/* Only while the runtime's code is on the stack can it not be unloaded. */
	if (kinds.first == native->count || !take(ledger, runtime, native, &frames))
		return 0;
	exact = kinds.loops == frames.runs || (native->cut && kinds.loops < frames.runs) ||
		(frames.cut && kinds.loops > frames.runs);
	/* A single frame would be right with wrong ideas of what lies behind it. */
	if (kinds.loops == frames.runs && frames.count > 1 && runtime->confirm)
		runtime->confirm();
	for (i = 0; i < native->count; i++) {
		if (i == kinds.first || (exact && kinds.of[i] == NATIVE_LOOP))
			put_scripts(&out, &frames, &next, !exact);
		if (i > kinds.last && frames.is_whole)
			break;
		if (kinds.of[i] == NATIVE_FOREIGN)
			put(&out, native->pc[i]);
	}
	put_scripts(&out, &frames, &next, true);
	*cut = (native->cut && !frames.is_whole) || out.cut || frames.cut;
	return out.count;
}
