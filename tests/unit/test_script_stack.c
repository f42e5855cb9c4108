/* SPDX-License-Identifier: MIT */
/*
 * Frames of scripts, read from the memory of a process that forges them: this very program, which
 * defines what CPython 3.11 does.
 */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "analyzer/recordings/observation_scripts.h"
#include "analyzer/script_stacks/script_stack.h"
#include "preload/runtimes/python/python_layouts.h"

#define EXPORTED __attribute__((visibility("default")))
#define FORGED   4096

EXPORTED extern const unsigned long Py_Version;
EXPORTED extern uint64_t _PyRuntime[FORGED / 8];
EXPORTED void _PyEval_EvalFrameDefault(void);

const unsigned long Py_Version = 3ul << 24 | 11ul << 16;
uint64_t _PyRuntime[FORGED / 8];

void _PyEval_EvalFrameDefault(void)
{
}

/* A thread's state, its frame, and what that refers to. */
static struct forged {
	uint64_t interpreter[FORGED / 8];
	uint64_t thread[32], cframe[4], frame[16], other_frame[16];
	uint64_t code[32], code_type[8], text[32], text_type[8], lines[8], bytes_type[8];
} forged;

static void put(void *object, size_t offset, uint64_t value)
{
	memcpy((char *)object + offset, &value, sizeof(value));
}

static void put_pointer(void *object, size_t offset, const void *value)
{
	put(object, offset, (uintptr_t)value);
}

static void forge_frame(const struct python_layout *layout, void *frame, const void *previous)
{
	put_pointer(frame, layout->frame_code, forged.code);
	put_pointer(frame, layout->frame_previous, previous);
	put_pointer(frame, layout->frame_instruction,
		    (const char *)forged.code + layout->code_instructions);
}

/* One frame, of f() on line 7 of "f". */
static const struct python_layout *forge(void)
{
	const struct python_layout *layout = python_layout_of(11);
	/* One code unit, no columns, one line further. */
	static const uint8_t lines[] = { 0x80 | 13 << 3, 2 };

	memset(&forged, 0, sizeof(forged));
	memset(_PyRuntime, 0, sizeof(_PyRuntime));
	put_pointer(_PyRuntime, layout->runtime_interpreters, forged.interpreter);
	put_pointer(forged.interpreter, layout->interpreter_threads, forged.thread);
	put_pointer(forged.thread, THREAD_OF, forged.interpreter);
	put(forged.thread, layout->thread_native, (uint64_t)syscall(SYS_gettid));
	put_pointer(forged.thread, layout->thread_frame, forged.cframe);
	put_pointer(forged.cframe, layout->cframe_frame, forged.frame);
	forge_frame(layout, forged.frame, NULL);
	put_pointer(forged.code, OBJECT_TYPE, forged.code_type);
	put_pointer(forged.code_type, TYPE_NAME, "code");
	put_pointer(forged.code, layout->code_file, forged.text);
	put_pointer(forged.code, layout->code_function, forged.text);
	put_pointer(forged.code, layout->code_lines, forged.lines);
	put(forged.code, layout->code_first_line, 6);
	put_pointer(forged.text, OBJECT_TYPE, forged.text_type);
	put_pointer(forged.text_type, TYPE_NAME, "str");
	put(forged.text, TEXT_LENGTH, 1);
	put(forged.text, TEXT_STATE, TEXT_COMPACT | TEXT_ASCII | 1 << 2);
	put(forged.text, layout->ascii_size, 'f');
	put_pointer(forged.lines, OBJECT_TYPE, forged.bytes_type);
	put_pointer(forged.bytes_type, TYPE_NAME, "bytes");
	put(forged.lines, BYTES_SIZE, sizeof(lines));
	memcpy((char *)forged.lines + BYTES_TEXT, lines, sizeof(lines));
	return layout;
}

static uint32_t row_of(void *context, const struct script_place *place)
{
	return observation_script_row(context, place);
}

/* How many frames there are; *place is the innermost, its texts left out. */
static size_t read_stack(size_t room, unsigned int *line)
{
	struct observation observation = { .pid = (int)getpid() };
	const struct script_rows rows = { row_of, &observation };
	uint64_t merged[RECORDED_FRAMES_MAX];
	struct script_place place = { .line = 0 };
	size_t count;

	count = script_stack_merge((int)getpid(), (int)syscall(SYS_gettid), NULL, 0, &rows, merged,
				   room);
	assert_true(count <= room);
	if (count)
		assert_true(observation_script(&observation, merged[0], &place));
	if (line)
		*line = place.line;
	free(observation.scripts);
	free(observation.texts);
	return count;
}

static void a_frame_is_read(void **state)
{
	unsigned int line;

	(void)state;
	forge();
	assert_int_equal(read_stack(RECORDED_FRAMES_MAX, &line), 1);
	assert_int_equal(line, 7);
}

static void rings_end(void **state)
{
	const struct python_layout *layout = forge();

	(void)state;
	forge_frame(layout, forged.frame, forged.other_frame);
	forge_frame(layout, forged.other_frame, forged.frame);
	assert_int_equal(read_stack(RECORDED_FRAMES_MAX, NULL), RECORDED_FRAMES_MAX);
	assert_int_equal(read_stack(3, NULL), 3);
	/* Of threads, then of interpreters. */
	put(forged.thread, layout->thread_native, 0);
	put_pointer(forged.thread, THREAD_NEXT, forged.thread);
	assert_int_equal(read_stack(RECORDED_FRAMES_MAX, NULL), 0);
	put(forged.thread, THREAD_NEXT, 0);
	put_pointer(forged.interpreter, layout->interpreter_next, forged.interpreter);
	assert_int_equal(read_stack(RECORDED_FRAMES_MAX, NULL), 0);
}

static void sizes_are_not_believed(void **state)
{
	static const int64_t sizes[] = { -1,        INT64_MIN, INT64_MAX, INT32_MAX,
					 1ll << 40, 1 << 21,   1 << 20 };
	const struct python_layout *layout = forge();
	unsigned int line;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		put(forged.lines, BYTES_SIZE, (uint64_t)sizes[i]);
		assert_int_equal(read_stack(RECORDED_FRAMES_MAX, &line), 1);
		assert_true(line == 0 || line == 7);
	}
	for (i = 0; i < 2; i++) {
		put(forged.text, TEXT_LENGTH, (uint64_t)sizes[i]);
		assert_int_equal(read_stack(RECORDED_FRAMES_MAX, NULL), 0);
	}
	put(forged.text, TEXT_LENGTH, INT64_MAX);
	put(forged.text, TEXT_STATE, TEXT_COMPACT | 4 << 2);
	read_stack(RECORDED_FRAMES_MAX, NULL);
	forge();
	put(forged.frame, layout->frame_instruction, UINT64_MAX);
	assert_int_equal(read_stack(RECORDED_FRAMES_MAX, NULL), 0);
}

/* Each word of it in turn is something else. */
static void nothing_is_believed(void **state)
{
	const uint64_t others[] = { 0,          1,           8, UINT64_MAX, (uintptr_t)&forged,
				    1ull << 47, ~(uint64_t)7 };
	uint64_t *words = (void *)&forged;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(forged) / sizeof(*words); i++)
		for (j = 0; j < sizeof(others) / sizeof(others[0]); j++) {
			forge();
			if (words[i] == 0 && i < FORGED / 8)
				break;
			words[i] = others[j];
			read_stack(RECORDED_FRAMES_MAX, NULL);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_is_read),
		cmocka_unit_test(rings_end),
		cmocka_unit_test(sizes_are_not_believed),
		cmocka_unit_test(nothing_is_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
