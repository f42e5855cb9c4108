/* SPDX-License-Identifier: MIT */
#include "preload/runtimes/python/python_runtime.h"

#include "preload/ledger/script_table.h"
#include "preload/runtimes/python/python_code.h"
#include "preload/runtimes/python/python_frame.h"
#include "preload/runtimes/python/python_interpreter.h"
#include "preload/runtimes/python/python_memory.h"
#include "preload/runtimes/script_frames.h"

static enum frames_taken add_frame(struct ledger *ledger, const struct python_layout *layout,
				   const void *frame, struct script_frames *frames)
{
	const void *code = python_pointer(frame, layout->frame_code);
	uint32_t row;
	int64_t at;

	if (!python_is(code, PYTHON_CODE, layout->code_size) ||
	    !python_instruction(layout, frame, (uintptr_t)code, &at))
		return TOOK_NOTHING;
	if (python_is_incomplete(layout, frame, code, at))
		return TOOK_FRAMES;
	if (!python_code_row(ledger, layout, code, at > 0 ? (uint32_t)at : 0, &row))
		return TOOK_NOTHING;
	if (row == NO_SCRIPT)
		return TOOK_NO_ROOM;
	script_frames_add(frames, row);
	return TOOK_FRAMES;
}

/* The innermost frame of the calling thread into *frame; NULL: it runs no script. */
static bool innermost(const struct python_interpreter *python, const void **frame)
{
	const struct python_layout *layout = python->layout;
	const void *thread;

	*frame = NULL;
	/* From then on the states of other threads are freed under their feet. */
	if (python->is_finalizing())
		return true;
	thread = python->this_thread();
	if (!thread)
		return true;
	if (!python_may_read(thread, layout->thread_frame + sizeof(void *)))
		return false;
	*frame = python_pointer(thread, layout->thread_frame);
	if (layout->cframe_frame == NO_CFRAME || !*frame)
		return true;
	if (!python_may_read(*frame, layout->cframe_frame + sizeof(void *)))
		return false;
	*frame = python_pointer(*frame, layout->cframe_frame);
	return true;
}

static enum frames_taken walk(struct ledger *ledger, const struct python_interpreter *python,
			      struct script_frames *frames)
{
	const struct python_layout *layout = python->layout;
	const void *frame;
	unsigned int steps;

	if (!innermost(python, &frame))
		return TOOK_NOTHING;
	for (steps = 0; frame && !frames->cut && steps < PYTHON_FRAMES_MAX; steps++) {
		enum frames_taken step = TOOK_FRAMES;

		if (python->is_finalizing())
			return TOOK_NOTHING;
		if ((uintptr_t)frame % sizeof(void *) ||
		    !python_may_read(frame, layout->frame_size))
			return TOOK_NOTHING;
		if (!python_is_shim(layout, frame))
			step = add_frame(ledger, layout, frame, frames);
		if (step != TOOK_FRAMES)
			return step;
		if (python_ends_run(layout, frame))
			script_frames_end_run(frames);
		frame = python_pointer(frame, layout->frame_previous);
	}
	return TOOK_FRAMES;
}

static enum frames_taken take(struct ledger *ledger, const struct native_stack *native,
			      struct script_frames *frames)
{
	enum frames_taken taken = walk(ledger, python_interpreter(), frames);

	if (taken == TOOK_NOTHING)
		python_memory_doubt();
	/* Outside of a script's first line there is only how Python was started. */
	frames->is_whole = !native->cut && python_interpreter()->is_program;
	return taken;
}

static enum native_frame native_frame(uint64_t pc)
{
	const struct python_interpreter *python = python_interpreter();

	/* A return address may be the first behind the function. */
	if (pc > python->eval_start && pc <= python->eval_end)
		return NATIVE_LOOP;
	return python->is_alone && pc >= python->start && pc < python->end ? NATIVE_RUNTIME
									   : NATIVE_FOREIGN;
}

const struct runtime python_runtime = {
	.language = PYTHON_LANGUAGE,
	.detect = python_interpreter_detect,
	.native_frame = native_frame,
	.take = take,
	.confirm = python_memory_trust,
};
