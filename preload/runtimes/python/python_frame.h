/* SPDX-License-Identifier: MIT */
/*
 * Where a frame of CPython is, by the bytes of it and of its code object: they are there, or copies
 * of them. For the recorder (signal-safe), and for the analyzer.
 */
#ifndef FINLEAK_PYTHON_FRAME_H
#define FINLEAK_PYTHON_FRAME_H

#include <stdbool.h>
#include <stdint.h>
#include "preload/runtimes/python/python_layouts.h"
#include "preload/runtimes/python/python_memory.h"

/* A chain longer than this is a ring, or not worth its time. */
#define PYTHON_FRAMES_MAX 4096

/* The code before an instruction index this large would not fit into memory. */
#define PYTHON_CODE_BYTES_MAX (1u << 30)

/* Byte of the code, an object at address CODE, that FRAME is at. False: no such place. */
static inline bool python_instruction(const struct python_layout *layout, const void *frame,
				      uint64_t code, int64_t *at)
{
	if (layout->index_unit)
		*at = (int64_t)python_int(frame, layout->frame_instruction) * layout->index_unit;
	else
		*at = (int64_t)((uint64_t)python_word(frame, layout->frame_instruction) - code -
				layout->code_instructions);
	return *at >= -CODE_UNIT && *at < PYTHON_CODE_BYTES_MAX;
}

/*
 * A frame at byte AT of CODE that has not come to its first line yet: Python does not show these
 * either.
 */
static inline bool python_is_incomplete(const struct python_layout *layout, const void *frame,
					const void *code, int64_t at)
{
	if (layout->runs == RUN_FOR_EACH_FRAME)
		return at < 0;
	return python_byte(frame, layout->frame_owner) != OWNER_GENERATOR &&
	       at < (int64_t)python_int(code, layout->code_first_traceable) * CODE_UNIT;
}

/* Is it none of a script's: the C stack's end of a run? */
static inline bool python_is_shim(const struct python_layout *layout, const void *frame)
{
	return layout->runs == RUN_BEGINS_AT_SHIM &&
	       python_byte(frame, layout->frame_owner) == OWNER_C_STACK;
}

/* Is FRAME the outermost of its run? */
static inline bool python_ends_run(const struct python_layout *layout, const void *frame)
{
	return layout->runs == RUN_FOR_EACH_FRAME || python_is_shim(layout, frame) ||
	       (layout->runs == RUN_BEGINS_AT_ENTRY && python_byte(frame, layout->frame_entry));
}

#endif
