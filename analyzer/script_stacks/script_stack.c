/* SPDX-License-Identifier: MIT */
#include "analyzer/script_stacks/script_stack.h"

#include "analyzer/script_stacks/python_chain.h"
#include "analyzer/script_stacks/python_names.h"
#include "preload/runtimes/script_merge.h"

/* Names CHAIN's frames. False: one is not what it should be, or there is no room. */
static bool name_frames(struct python_process *python, const struct python_chain *chain,
			const struct script_rows *rows, struct script_frames *frames)
{
	size_t i;

	for (i = 0; i < chain->count && i < frames->max; i++) {
		const struct python_place *at = &chain->frames[i];
		struct python_name name;
		struct script_place place = { .language = "python",
					      .file = name.file,
					      .function = name.function };
		uint32_t row;

		if (!python_name_of(python, at->code, at->at, &name))
			return false;
		place.line = name.line;
		row = rows->row(rows->context, &place);
		if (row == UINT32_MAX)
			return false;
		script_frames_add(frames, row);
		if (at->ends_run)
			script_frames_end_run(frames);
	}
	frames->cut = chain->cut || i < chain->count;
	return true;
}

static enum native_frame kind_of(const struct python_process *python, uint64_t pc)
{
	/* A return address may be the first behind the function. */
	if (pc > python->eval_start && pc <= python->eval_end)
		return NATIVE_LOOP;
	return python->is_alone && pc >= python->start && pc < python->end ? NATIVE_RUNTIME
									   : NATIVE_FOREIGN;
}

size_t script_stack_place(struct python_process *python, const struct python_chain *chain,
			  const struct native_stack *native, const struct script_rows *rows,
			  uint64_t *merged, size_t room, bool *cut)
{
	struct script_frames frames = { .max = room < RECORDED_FRAMES_MAX ? room
									  : RECORDED_FRAMES_MAX };
	struct native_kinds kinds;
	size_t i;

	if (native->count > RECORDED_FRAMES_MAX || !name_frames(python, chain, rows, &frames))
		return 0;
	frames.is_whole = python->is_program;
	for (i = 0; i < native->count; i++)
		kinds.of[i] = (uint8_t)kind_of(python, native->pc[i]);
	native_kinds_find(&kinds, native->count);
	return script_frames_place(&frames, native, &kinds, merged, room, cut);
}

size_t script_stack_merge(int pid, int tid, const uint64_t *native, size_t count,
			  const struct script_rows *rows, uint64_t *merged, size_t room)
{
	/* Where a native stack ends is where it could not be followed, perhaps. */
	const struct native_stack stack = { .pc = native, .count = count, .cut = true };
	struct python_process python;
	struct python_chain chain;
	bool cut;

	if (!python_process_find(&python, pid) || !python_chain_read(&python, tid, &chain))
		return 0;
	return script_stack_place(&python, &chain, &stack, rows, merged, room, &cut);
}
