/* SPDX-License-Identifier: MIT */
#include "preload/runtimes/script_frames.h"

#include "preload/ledger/ledger.h"

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
	struct script_frames frames = { .max = max };
	struct native_kinds kinds;
	size_t i;

	for (i = 0; i < native->count; i++)
		kinds.of[i] = recorded_is_script(native->pc[i])
				      ? NATIVE_FOREIGN
				      : (uint8_t)runtime->native_frame(native->pc[i]);
	native_kinds_find(&kinds, native->count);
	/* Only while the runtime's code is on the stack can it not be unloaded. */
	if (kinds.first == native->count || !take(ledger, runtime, native, &frames))
		return 0;
	/* A single frame would be right with wrong ideas of what lies behind it. */
	if (kinds.loops == frames.runs && frames.count > 1 && runtime->confirm)
		runtime->confirm();
	return script_frames_place(&frames, native, &kinds, merged, max, cut);
}
