/* SPDX-License-Identifier: MIT */
#include "analyzer/script_stacks/python_chain.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/proc_lines.h"
#include "analyzer/script_stacks/process_memory.h"
#include "preload/runtimes/python/python_frame.h"

/* As many steps as the lists of interpreters and threads have, or they are rings. */
#define INTERPRETERS_MAX 256
#define THREADS_MAX      8192

/* Large enough for what each layout reads. */
#define FRAME_SIZE 128
#define CODE_SIZE  256

/* A thread that runs is read until two readings agree. */
#define READINGS_MAX 8

/* Where C libraries have the thread's id behind what pthread_self() returns. */
static const uint16_t id_places[] = {
#if defined(__x86_64__)
	720, /* glibc */
	48,  /* musl */
#elif defined(__aarch64__)
	208, /* glibc */
	32,  /* musl */
#endif
};

/* The number that thread TID of PID has in its own PID namespace. */
static int own_number(int task, int tid)
{
	struct proc_lines lines;
	char name[32];
	const char *line;
	int number = tid;

	snprintf(name, sizeof(name), "task/%d/status", tid);
	if (!proc_lines_open(&lines, task, name, '\n'))
		return tid;
	while ((line = proc_lines_next(&lines)) != NULL)
		if (strncmp(line, "NSpid:", strlen("NSpid:")) == 0) {
			const char *last = strrchr(line, '\t');

			number = last ? atoi(last) : tid;
			break;
		}
	proc_lines_close(&lines);
	return number;
}

/* Is thread NUMBER the one of the state whose first bytes are STATE? */
static bool is_of_thread(const struct python_process *python, const void *state, int number)
{
	const struct python_layout *layout = &python->layout;
	uint64_t self = (uint64_t)python_word(state, layout->thread_pthread);
	int32_t found;
	size_t i;

	if (layout->thread_native != NO_NATIVE_ID &&
	    python_word(state, layout->thread_native) == number)
		return true;
	for (i = 0; i < sizeof(id_places) / sizeof(id_places[0]); i++)
		if (process_memory_read(python->task, self + id_places[i], &found, sizeof(found)) &&
		    found == number)
			return true;
	return false;
}

/* The frame that the thread of STATE runs; 0: none. */
static uint64_t current_frame(const struct python_process *python, const void *state)
{
	uint64_t frame = (uint64_t)python_word(state, python->layout.thread_frame);

	if (frame && python->layout.cframe_frame != NO_CFRAME)
		frame = process_memory_word(python->task, frame + python->layout.cframe_frame);
	return frame;
}

/*
 * The address of the state of thread NUMBER; 0: it has none with a frame. A thread has one in each
 * interpreter that it has been in: the last one made is the one that it is in.
 */
static uint64_t find_state(const struct python_process *python, int number)
{
	const struct python_layout *layout = &python->layout;
	uint64_t interpreter =
		process_memory_word(python->task, python->runtime + layout->runtime_interpreters);
	unsigned int interpreters, threads = 0;
	char state[PYTHON_STATE_SIZE];

	for (interpreters = 0; interpreter && interpreters < INTERPRETERS_MAX; interpreters++) {
		uint64_t thread = process_memory_word(python->task,
						      interpreter + layout->interpreter_threads);

		for (; thread && threads < THREADS_MAX; threads++) {
			if (!process_memory_read(python->task, thread, state, sizeof(state)) ||
			    (uint64_t)python_word(state, THREAD_OF) != interpreter)
				break;
			if (is_of_thread(python, state, number) && current_frame(python, state))
				return thread;
			thread = (uint64_t)python_word(state, THREAD_NEXT);
		}
		interpreter =
			process_memory_word(python->task, interpreter + layout->interpreter_next);
	}
	return 0;
}

/* Adds the frame of which FRAME is a copy. False: it is not what it should be. */
static bool add_frame(struct python_process *python, const void *frame, struct python_chain *chain)
{
	const struct python_layout *layout = &python->layout;
	uint64_t object = (uint64_t)python_word(frame, layout->frame_code);
	char code[CODE_SIZE];
	int64_t at;

	if (!python_process_object(python, PYTHON_PROCESS_CODE, object, code, layout->code_size) ||
	    !python_instruction(layout, frame, object, &at))
		return false;
	if (python_is_incomplete(layout, frame, code, at))
		return true;
	if (chain->count == RECORDED_FRAMES_MAX) {
		chain->cut = true;
		return true;
	}
	chain->frames[chain->count++] =
		(struct python_place){ .code = object, .at = at > 0 ? (uint32_t)at : 0 };
	return true;
}

static bool take_frame(struct python_process *python, const void *frame, struct python_chain *chain)
{
	const struct python_layout *layout = &python->layout;

	if (!python_is_shim(layout, frame) && !add_frame(python, frame, chain))
		return false;
	if (chain->count && python_ends_run(layout, frame))
		chain->frames[chain->count - 1].ends_run = true;
	return true;
}

bool python_chain_add(struct python_process *python, const struct python_raw_frame *frame,
		      struct python_chain *chain)
{
	const struct python_layout *layout = &python->layout;
	char copy[FRAME_SIZE] = { 0 };

	memcpy(copy + layout->frame_code, &frame->code, sizeof(frame->code));
	memcpy(copy + layout->frame_instruction, &frame->instruction, sizeof(frame->instruction));
	if (layout->runs != RUN_FOR_EACH_FRAME)
		copy[layout->frame_owner] = (char)frame->owner;
	if (layout->runs == RUN_BEGINS_AT_ENTRY)
		copy[layout->frame_entry] = (char)frame->entry;
	return take_frame(python, copy, chain);
}

/* False: something was not what it should be. */
static bool walk(struct python_process *python, uint64_t thread, struct python_chain *chain)
{
	const struct python_layout *layout = &python->layout;
	char state[PYTHON_STATE_SIZE], frame[FRAME_SIZE];
	uint64_t place;
	unsigned int steps;

	*chain = (struct python_chain){ .count = 0 };
	if (!process_memory_read(python->task, thread, state, sizeof(state)))
		return false;
	place = current_frame(python, state);
	for (steps = 0; place && !chain->cut && steps < PYTHON_FRAMES_MAX; steps++) {
		if (place % sizeof(place) ||
		    !process_memory_read(python->task, place, frame, layout->frame_size) ||
		    !take_frame(python, frame, chain))
			return false;
		place = (uint64_t)python_word(frame, layout->frame_previous);
	}
	return true;
}

/* Are these readings of one moment? Only the innermost frame may have gone on. */
static bool agree(const struct python_chain *one, const struct python_chain *other)
{
	size_t i;

	if (one->count != other->count || one->cut != other->cut)
		return false;
	for (i = 0; i < one->count; i++)
		if (one->frames[i].code != other->frames[i].code ||
		    (i && one->frames[i].at != other->frames[i].at) ||
		    one->frames[i].ends_run != other->frames[i].ends_run)
			return false;
	return true;
}

bool python_chain_read(struct python_process *python, int tid, struct python_chain *chain)
{
	uint64_t thread = find_state(python, own_number(python->task, tid));
	struct python_chain *before = allocate_zeroed(1, sizeof(*before));
	bool agreed = false;
	unsigned int i;

	for (i = 0; thread && i < READINGS_MAX && !agreed; i++)
		agreed = walk(python, thread, before) && walk(python, thread, chain) &&
			 agree(before, chain);
	free(before);
	return agreed && chain->count;
}
