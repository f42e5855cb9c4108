/* SPDX-License-Identifier: MIT */
#include "preload/runtimes/python/python_layouts.h"

#include <stddef.h>
#include <string.h>

static const struct python_layout layouts[] = {
	{
		.minor = 9,
		.line_table = LINES_LNOTAB,
		.runs = RUN_FOR_EACH_FRAME,
		.thread_frame = 24,
		.cframe_frame = NO_CFRAME,
		.frame_size = 112,
		.frame_code = 32,
		.frame_previous = 24,
		.frame_instruction = 104,
		.index_unit = 1,
		.code_size = 128,
		.code_first_line = 40,
		.code_file = 104,
		.code_function = 112,
		.code_lines = 120,
		.ascii_size = 48,
		.compact_size = 72,
		.runtime_interpreters = 32,
		.interpreter_next = 0,
		.interpreter_threads = 8,
		.thread_pthread = 176,
		.thread_native = NO_NATIVE_ID,
	},
	{
		.minor = 10,
		.line_table = LINES_PAIRS,
		.runs = RUN_FOR_EACH_FRAME,
		.thread_frame = 24,
		.cframe_frame = NO_CFRAME,
		.frame_size = 104,
		.frame_code = 32,
		.frame_previous = 24,
		.frame_instruction = 96,
		.index_unit = CODE_UNIT,
		.code_size = 128,
		.code_first_line = 40,
		.code_file = 104,
		.code_function = 112,
		.code_lines = 120,
		.ascii_size = 48,
		.compact_size = 72,
		.runtime_interpreters = 32,
		.interpreter_next = 0,
		.interpreter_threads = 8,
		.thread_pthread = 176,
		.thread_native = NO_NATIVE_ID,
	},
	{
		.minor = 11,
		.line_table = LINES_LOCATIONS,
		.runs = RUN_BEGINS_AT_ENTRY,
		.thread_frame = 56,
		.cframe_frame = 8,
		.frame_size = 72,
		.frame_code = 32,
		.frame_previous = 48,
		.frame_instruction = 56,
		.frame_owner = 69,
		.frame_entry = 68,
		.code_size = 184,
		.code_first_line = 72,
		.code_file = 112,
		.code_function = 128,
		.code_lines = 136,
		.code_first_traceable = 168,
		.code_instructions = 184,
		.ascii_size = 48,
		.compact_size = 72,
		.runtime_interpreters = 40,
		.interpreter_next = 0,
		.interpreter_threads = 16,
		.thread_pthread = 152,
		.thread_native = 160,
	},
	{
		.minor = 12,
		.line_table = LINES_LOCATIONS,
		.runs = RUN_BEGINS_AT_SHIM,
		.thread_frame = 56,
		.cframe_frame = 0,
		.frame_size = 72,
		.frame_code = 0,
		.frame_previous = 8,
		.frame_instruction = 56,
		.frame_owner = 70,
		.code_size = 192,
		.code_first_line = 68,
		.code_file = 112,
		.code_function = 128,
		.code_lines = 136,
		.code_first_traceable = 176,
		.code_instructions = 192,
		.ascii_size = 40,
		.compact_size = 56,
		.runtime_interpreters = 40,
		.interpreter_next = 0,
		.interpreter_threads = 72,
		.thread_pthread = 136,
		.thread_native = 144,
	},
	{
		.minor = 13,
		.line_table = LINES_LOCATIONS,
		.runs = RUN_BEGINS_AT_SHIM,
		.thread_frame = 72,
		.cframe_frame = NO_CFRAME,
		.frame_size = 72,
		.frame_code = 0,
		.frame_previous = 8,
		.frame_instruction = 56,
		.frame_owner = 70,
		.code_size = 200,
		.code_first_line = 68,
		.code_file = 112,
		.code_function = 128,
		.code_lines = 136,
		.code_first_traceable = 184,
		.code_instructions = 200,
		.ascii_size = 40,
		.compact_size = 56,
		.runtime_interpreters = 632,
		.interpreter_next = 7264,
		.interpreter_threads = 7344,
		.thread_pthread = 152,
		.thread_native = 160,
	},
};

const struct python_layout *python_layout_of(unsigned int minor)
{
	size_t i;

	for (i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (layouts[i].minor == minor)
			return &layouts[i];
	return NULL;
}

bool python_layout_confirmed(const struct python_layout *layout, const uint64_t *offsets)
{
	enum {
		VERSION = 1,
		FREE_THREADED = 2,
		THREAD_FRAME = 23,
		FRAME_PREVIOUS = 29,
		FRAME_CODE = 30,
		FRAME_INSTRUCTION = 31,
		FRAME_OWNER = 33,
		CODE_FILE = 35,
		CODE_FUNCTION = 37,
		CODE_LINES = 38,
		CODE_FIRST_LINE = 39,
		CODE_INSTRUCTIONS = DEBUG_OFFSETS - 1,
	};

	return memcmp(offsets, "xdebugpy", 8) == 0 &&
	       offsets[VERSION] >> 16 == (0x0300 | layout->minor) && offsets[FREE_THREADED] == 0 &&
	       offsets[THREAD_FRAME] == layout->thread_frame &&
	       offsets[FRAME_PREVIOUS] == layout->frame_previous &&
	       offsets[FRAME_CODE] == layout->frame_code &&
	       offsets[FRAME_INSTRUCTION] == layout->frame_instruction &&
	       offsets[FRAME_OWNER] == layout->frame_owner &&
	       offsets[CODE_FILE] == layout->code_file &&
	       offsets[CODE_FUNCTION] == layout->code_function &&
	       offsets[CODE_LINES] == layout->code_lines &&
	       offsets[CODE_FIRST_LINE] == layout->code_first_line &&
	       offsets[CODE_INSTRUCTIONS] == layout->code_instructions;
}

bool python_layout_take(struct python_layout *layout, const uint64_t *offsets)
{
	enum {
		INTERPRETERS = 5,
		INTERPRETER_NEXT = 8,
		INTERPRETER_THREADS = 9,
		THREAD_PTHREAD = 24,
		THREAD_NATIVE = 25,
	};

	if ((offsets[INTERPRETERS] | offsets[INTERPRETER_NEXT] | offsets[INTERPRETER_THREADS] |
	     offsets[THREAD_PTHREAD] | offsets[THREAD_NATIVE]) > UINT16_MAX)
		return false;
	layout->runtime_interpreters = (uint16_t)offsets[INTERPRETERS];
	layout->interpreter_next = (uint16_t)offsets[INTERPRETER_NEXT];
	layout->interpreter_threads = (uint16_t)offsets[INTERPRETER_THREADS];
	layout->thread_pthread = (uint16_t)offsets[THREAD_PTHREAD];
	layout->thread_native = (uint16_t)offsets[THREAD_NATIVE];
	return true;
}
