/* SPDX-License-Identifier: MIT */
/*
 * The frames of a script that the current thread runs in CPython, as they are at an event: by the
 * time the event is read, the thread has moved on. Names and lines are read later, in the analyzer:
 * code stays where it is. Every address is the program's, and may lead anywhere.
 */
#ifndef FINLEAK_BPF_PYTHON_H
#define FINLEAK_BPF_PYTHON_H

#include "analyzer/attach/bpf_scratch.h"
#include "analyzer/attach/bpf_targets.h"

/* Threads and interpreters that are passed on the way to the current thread's state. */
#define PYTHON_STEPS 256

#define FRAME_ROOM 128

/* What of a thread's state is where in all versions (preload/runtimes/python/python_layouts.h). */
#define THREAD_NEXT 8

/* By process. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ATTACH_TARGETS_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, uint32_t);
	__type(value, struct attach_python);
} pythons SEC(".maps");

/* Counts the changes of that map, so that no other process looks itself up in it again and again.
 */
uint32_t pythons_changed;

/* Where the state of each thread was found last. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, uint32_t);
	__type(value, uint64_t);
} python_threads SEC(".maps");

struct python_scratch {
	struct attach_scripts scripts;
	uint8_t frame[FRAME_ROOM];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCH_SLOTS);
	__type(key, uint32_t);
	__type(value, struct python_scratch);
} python_scratches SEC(".maps");

/* Does PID, of TARGET, run CPython? */
static __always_inline bool runs_python(struct attach_target *target, uint32_t pid)
{
	if (target->pythons_seen != pythons_changed) {
		struct attach_python *python = bpf_map_lookup_elem(&pythons, &pid);

		target->is_python = python && python->image == target->image;
		target->pythons_seen = pythons_changed;
	}
	return target->is_python;
}

/* CHILD, of program IMAGE, is forked by PARENT, of TARGET. */
static __always_inline void inherit_python(struct attach_target *target, uint32_t parent,
					   uint32_t child, uint32_t image)
{
	struct attach_python *python, inherited;

	if (!runs_python(target, parent))
		return;
	python = bpf_map_lookup_elem(&pythons, &parent);
	if (!python)
		return;
	inherited = *python;
	inherited.image = image;
	bpf_map_update_elem(&pythons, &child, &inherited, BPF_ANY);
}

static __always_inline uint64_t user_word(uint64_t address)
{
	uint64_t word = 0;

	bpf_probe_read_user(&word, sizeof(word), (void *)address);
	return word;
}

static __always_inline uint64_t frame_of(const struct attach_python *python, uint64_t thread)
{
	uint64_t frame = user_word(thread + python->thread_frame);

	if (frame && python->cframe_frame != ATTACH_NO_CFRAME)
		frame = user_word(frame + python->cframe_frame);
	return frame;
}

/* The state of the thread whose pthread_self() is SELF, if it runs a script; 0: none. */
static __always_inline uint64_t thread_of(const struct attach_python *python, uint64_t self,
					  uint32_t id)
{
	const uint64_t *known = bpf_map_lookup_elem(&python_threads, &id);
	/* The entry may become another thread's meanwhile. */
	uint64_t interpreter, thread = known ? *(volatile const uint64_t *)known : 0;
	int i;

	if (thread && user_word(thread + python->thread_pthread) == self &&
	    frame_of(python, thread))
		return thread;
	interpreter = user_word(python->runtime + python->runtime_interpreters);
	thread = user_word(interpreter + python->interpreter_threads);
	for (i = 0; i < PYTHON_STEPS && interpreter; i++) {
		if (!thread) {
			interpreter = user_word(interpreter + python->interpreter_next);
			thread = user_word(interpreter + python->interpreter_threads);
			continue;
		}
		if (user_word(thread + python->thread_pthread) == self &&
		    frame_of(python, thread)) {
			bpf_map_update_elem(&python_threads, &id, &thread, BPF_ANY);
			return thread;
		}
		thread = user_word(thread + THREAD_NEXT);
	}
	return 0;
}

static __always_inline uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 32;
}

/* What a code object is, besides its address: that can come to mean another one. */
static __always_inline uint64_t identity_of(const struct attach_python *python, uint64_t code)
{
	uint64_t hash = mix(code, user_word(code + python->code_file));

	hash = mix(hash, user_word(code + python->code_function));
	return mix(hash, user_word(code + python->code_lines));
}

/*
 * Reads the frames of the event that is prepared in SLOT into the scratch, and notes a hash of them
 * there: 0 where there are none.
 */
__noinline int read_scripts(uint32_t slot)
{
	struct attach_event *event = prepared_in(slot);
	struct python_scratch *scratch;
	struct attach_scripts *scripts;
	struct attach_python *python;
	struct task_struct *task;
	uint64_t hash = 1, frame;
	uint32_t i;

	if (!event)
		return 0;
	event->scripts = 0;
	python = bpf_map_lookup_elem(&pythons, &event->pid);
	scratch = bpf_map_lookup_elem(&python_scratches, &slot);
	if (!python || !scratch || python->image != event->image)
		return 0;
	task = (struct task_struct *)bpf_get_current_task();
	frame = thread_of(python, READ(task, thread.fsbase), event->thread);
	if (!frame)
		return 0;
	frame = frame_of(python, frame);
	scripts = &scratch->scripts;
	for (i = 0; i < ATTACH_SCRIPTS_MAX && frame; i++) {
		struct attach_script *script = &scripts->list[i];
		uint32_t size = python->frame_size;

		if (size > FRAME_ROOM || bpf_probe_read_user(scratch->frame, size, (void *)frame))
			return 0;
		script->code = *(uint64_t *)(scratch->frame + (python->frame_code & 120));
		script->instruction =
			*(uint64_t *)(scratch->frame + (python->frame_instruction & 120));
		script->owner = scratch->frame[python->frame_owner & 127];
		script->entry = scratch->frame[python->frame_entry & 127];
		script->identity = identity_of(python, script->code);
		hash = mix(mix(hash, script->identity), script->instruction);
		frame = *(uint64_t *)(scratch->frame + (python->frame_previous & 120));
	}
	scripts->count = i;
	scripts->cut = frame != 0;
	event->scripts = i ? hash | 1 : 0;
	return 0;
}

#endif
