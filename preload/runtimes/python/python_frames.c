/* SPDX-License-Identifier: MIT */
#include "preload/runtimes/python/python_frames.h"

#include "preload/ledger/ledger.h"
#include "preload/runtimes/python/python_code.h"
#include "preload/runtimes/python/python_interpreter.h"
#include "preload/runtimes/python/python_memory.h"
#include "preload/ledger/script_table.h"

/* A chain longer than this is a ring, or not worth its time. */
#define STEPS_MAX 4096

/* The code before an instruction index this large would not fit into memory. */
#define CODE_BYTES_MAX (1u << 30)

/* The thread's Python frames, innermost first. */
struct script_frames {
	/* With ENDS_RUN where the next one belongs to another run of the evaluation loop. */
	uint32_t rows[RECORDED_FRAMES_MAX];
	size_t count;
	size_t runs; /* ENDS_RUN in rows */
	bool cut;
};

#define ENDS_RUN 0x80000000u /* rows are fewer */

enum walk {
	WALKED,
	WALK_FAILED,  /* something was not what it should be */
	WALK_NO_ROOM, /* the recording has no room for another script frame */
};

static void end_run(struct script_frames *frames)
{
	if (frames->count == 0 || frames->rows[frames->count - 1] & ENDS_RUN)
		return;
	frames->rows[frames->count - 1] |= ENDS_RUN;
	frames->runs++;
}

/* Byte of the code that FRAME is at. False: no such place. */
static bool instruction_of(const struct python_layout *layout, const void *frame, const void *code,
			   int64_t *at)
{
	if (layout->index_unit)
		*at = (int64_t)python_int(frame, layout->frame_instruction) * layout->index_unit;
	else
		*at = python_word(frame, layout->frame_instruction) -
		      ((int64_t)(uintptr_t)code + layout->code_instructions);
	return *at >= -CODE_UNIT && *at < CODE_BYTES_MAX;
}

/* A frame that has not come to its first line yet: Python does not show these either. */
static bool is_incomplete(const struct python_layout *layout, const void *frame, const void *code,
			  int64_t at)
{
	if (layout->runs == RUN_FOR_EACH_FRAME)
		return at < 0;
	return python_byte(frame, layout->frame_owner) != OWNER_GENERATOR &&
	       at < (int64_t)python_int(code, layout->code_first_traceable) * CODE_UNIT;
}

static enum walk add_frame(struct ledger *ledger, const struct python_layout *layout,
			   const void *frame, struct script_frames *frames)
{
	const void *code = python_pointer(frame, layout->frame_code);
	uint32_t row;
	int64_t at;

	if (!python_is(code, PYTHON_CODE, layout->code_size) ||
	    !instruction_of(layout, frame, code, &at))
		return WALK_FAILED;
	if (is_incomplete(layout, frame, code, at))
		return WALKED;
	if (frames->count == RECORDED_FRAMES_MAX) {
		frames->cut = true;
		return WALKED;
	}
	if (!python_code_row(ledger, layout, code, at > 0 ? (uint32_t)at : 0, &row))
		return WALK_FAILED;
	if (row == NO_SCRIPT)
		return WALK_NO_ROOM;
	frames->rows[frames->count++] = row;
	return WALKED;
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

static enum walk walk(struct ledger *ledger, const struct python_interpreter *python,
		      struct script_frames *frames)
{
	const struct python_layout *layout = python->layout;
	const void *frame;
	unsigned int steps;

	frames->count = frames->runs = 0;
	frames->cut = false;
	if (!innermost(python, &frame))
		return WALK_FAILED;
	for (steps = 0; frame && !frames->cut && steps < STEPS_MAX; steps++) {
		enum walk step = WALKED;

		if (python->is_finalizing())
			return WALK_FAILED;
		if ((uintptr_t)frame % sizeof(void *) ||
		    !python_may_read(frame, layout->frame_size))
			return WALK_FAILED;
		if (layout->runs == RUN_BEGINS_AT_SHIM &&
		    python_byte(frame, layout->frame_owner) == OWNER_C_STACK)
			end_run(frames);
		else
			step = add_frame(ledger, layout, frame, frames);
		if (step != WALKED)
			return step;
		if (layout->runs == RUN_FOR_EACH_FRAME || (layout->runs == RUN_BEGINS_AT_ENTRY &&
							   python_byte(frame, layout->frame_entry)))
			end_run(frames);
		frame = python_pointer(frame, layout->frame_previous);
	}
	return WALKED;
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

static bool is_eval(const struct python_interpreter *python, uint64_t pc)
{
	/* A return address may be the first behind the function. */
	return pc > python->eval_start && pc <= python->eval_end;
}

static bool is_python(const struct python_interpreter *python, uint64_t pc)
{
	return is_eval(python, pc) || (python->is_alone && pc >= python->start && pc < python->end);
}

/* The native frames that ran scripts. */
struct evals {
	size_t count;
	size_t first, last; /* their indexes */
};

static struct evals find_evals(const struct python_interpreter *python, const uint64_t *native,
			       size_t count)
{
	struct evals evals = { 0 };
	size_t i;

	for (i = 0; i < count; i++) {
		if (!is_eval(python, native[i]))
			continue;
		if (evals.count++ == 0)
			evals.first = i;
		evals.last = i;
	}
	if (evals.count > 0)
		return evals;
	/* Compilers put rare parts of a function elsewhere: somewhere in the interpreter, then. */
	for (i = 0; i < count && !is_python(python, native[i]); i++)
		;
	evals.first = evals.last = i;
	return evals;
}

size_t python_frames_merge(struct ledger *ledger, const uint64_t *native, size_t count,
			   uint64_t *merged, size_t max, bool *cut)
{
	const struct python_interpreter *python = python_interpreter();
	struct merged out = { .pc = merged, .max = max };
	struct script_frames frames;
	struct evals evals;
	size_t next = 0, i;
	enum walk walked;
	bool exact;

	if (!python)
		return 0;
	/* Only while the interpreter's code is on the stack can it not be unloaded. */
	evals = find_evals(python, native, count);
	if (evals.first == count)
		return 0;
	walked = walk(ledger, python, &frames);
	if (walked == WALK_FAILED)
		python_memory_doubt();
	if (walked == WALK_NO_ROOM)
		ledger_count_lost(ledger, LOST_SCRIPTS);
	if (walked != WALKED || frames.count == 0)
		return 0;
	exact = evals.count == frames.runs || (*cut && evals.count < frames.runs) ||
		(frames.cut && evals.count > frames.runs);
	/* A single frame would be right with wrong ideas of what lies behind it. */
	if (evals.count == frames.runs && frames.count > 1)
		python_memory_trust();
	for (i = 0; i < count; i++) {
		if (i == evals.first || (exact && is_eval(python, native[i])))
			put_scripts(&out, &frames, &next, !exact);
		if (is_python(python, native[i]))
			continue;
		/* Outside of a script's first line there is only how Python was started. */
		if (i > evals.last && !*cut && python_is_program())
			break;
		put(&out, native[i]);
	}
	put_scripts(&out, &frames, &next, true);
	*cut = *cut || out.cut || frames.cut;
	return out.count;
}
