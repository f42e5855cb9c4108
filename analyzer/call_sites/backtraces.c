/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/backtraces.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/number_map.h"
#include "analyzer/call_sites/wrapper_frames.h"
#include "analyzer/recordings/code_map_file.h"
#include "analyzer/recordings/observation_scripts.h"

/* An inlined chain longer than this is cut at its outer end. */
#define INLINED_MAX 32

/* A module by what it is, whichever recording knows it. */
struct known_module {
	struct code_module module;
	char *identity;
	UT_hash_handle hh;
};

/* A module's entry in one recording, so that its identity is spelled once. */
struct module_alias {
	const struct recorded_module *recorded;
	const struct code_module *module;
	UT_hash_handle hh;
};

/* A line of a script, whichever recording knows it. */
struct known_script {
	struct script_place place;
	char *identity;
	UT_hash_handle hh;
};

/* The map of code that a process made at run time, read when it is first asked for. */
struct known_map {
	const struct recording *recording;
	struct code_map *map; /* NULL: there is none */
	UT_hash_handle hh;
};

struct backtraces {
	struct known_map *maps;
	struct known_module *modules;
	struct known_script *scripts;
	struct module_alias *aliases;
	/* By their first frame: of all recordings that refer to one file it is the same in memory.
	 */
	struct number_map stacks;
	struct backtrace *by_frames;
};

/* What a stack has become that overlaps others. */
static struct backtrace overlapping;

struct backtraces *backtraces_new(void)
{
	return allocate_zeroed(1, sizeof(struct backtraces));
}

static char *identity_of(const char *path, const struct recorded_module *recorded)
{
	char hex[2 * RECORDED_BUILD_ID_MAX + 1] = "";
	uint32_t i;

	for (i = 0; i < recorded->build_id_size; i++) {
		static const char digits[] = "0123456789abcdef";

		hex[2 * i] = digits[recorded->build_id[i] >> 4];
		hex[2 * i + 1] = digits[recorded->build_id[i] & 15];
	}
	if (hex[0])
		return allocate_printed("%s\n%s", path, hex);
	return allocate_printed("%s\n%llu:%lld", path, (unsigned long long)recorded->file_size,
				(long long)recorded->file_mtime_ns);
}

static const struct code_module *intern_module(struct backtraces *backtraces,
					       const struct recording *recording,
					       const struct recorded_module *recorded)
{
	struct module_alias *alias;
	struct known_module *known;
	const char *path;
	char *identity;

	HASH_FIND_PTR(backtraces->aliases, &recorded, alias);
	if (alias)
		return alias->module;
	path = recording_module_path(recording, recorded);
	identity = identity_of(path, recorded);
	HASH_FIND_STR(backtraces->modules, identity, known);
	if (known) {
		free(identity);
	} else {
		known = allocate_zeroed(1, sizeof(*known));
		known->identity = identity;
		known->module = (struct code_module){
			.path = path,
			.build_id = recorded->build_id,
			.build_id_size = recorded->build_id_size,
			.file_size = recorded->file_size,
			.file_mtime_ns = recorded->file_mtime_ns,
			.recorded_by = recording->user,
		};
		HASH_ADD_KEYPTR(hh, backtraces->modules, known->identity, strlen(identity), known);
	}
	alias = allocate_zeroed(1, sizeof(*alias));
	alias->recorded = recorded;
	alias->module = &known->module;
	HASH_ADD_PTR(backtraces->aliases, recorded, alias);
	return alias->module;
}

static const struct script_place *intern_script(struct backtraces *backtraces,
						const struct script_place *script)
{
	struct script_place place = *script;
	struct known_script *known;
	char *identity;

	identity = allocate_printed("%s\n%s\n%u\n%s", place.language, place.function, place.line,
				    place.file);
	HASH_FIND_STR(backtraces->scripts, identity, known);
	if (known) {
		free(identity);
		return &known->place;
	}
	known = allocate_zeroed(1, sizeof(*known));
	known->identity = identity;
	known->place = place;
	HASH_ADD_KEYPTR(hh, backtraces->scripts, known->identity, strlen(identity), known);
	return &known->place;
}

static struct code_map *map_of(struct backtraces *backtraces, const struct recording *recording)
{
	struct known_map *known;

	HASH_FIND_PTR(backtraces->maps, &recording, known);
	if (known)
		return known->map;
	known = allocate_zeroed(1, sizeof(*known));
	known->recording = recording;
	known->map = code_map_of(recording);
	HASH_ADD_PTR(backtraces->maps, recording, known);
	return known->map;
}

bool backtraces_have_map(struct backtraces *backtraces, const struct recording *recording)
{
	return map_of(backtraces, recording) != NULL;
}

static struct backtrace_frame intern_frame(struct backtraces *backtraces,
					   const struct recording *recording, uint64_t pc,
					   uint32_t seq)
{
	struct backtrace_frame frame = { .offset = pc };
	const struct recorded_module *module;
	struct script_place place;
	struct code_map *map;

	if (recorded_is_script(pc)) {
		recording_script(recording, pc, &place);
		frame.script = intern_script(backtraces, &place);
		frame.offset = 0;
		return frame;
	}
	/* A return address may lie behind the last byte of its function and module. */
	module = recording_module_at(recording, pc ? pc - 1 : 0, seq);
	if (module) {
		frame.module = intern_module(backtraces, recording, module);
		frame.offset = pc - module->bias;
		return frame;
	}
	map = map_of(backtraces, recording);
	if (map && pc && code_map_find(map, pc - 1, &place)) {
		frame.script = intern_script(backtraces, &place);
		frame.offset = 0;
	}
	return frame;
}

static struct backtrace *intern_frames(struct backtraces *backtraces,
				       const struct backtrace_frame *frames, size_t count)
{
	struct backtrace *backtrace;
	size_t size = count * sizeof(*frames);

	HASH_FIND(hh, backtraces->by_frames, frames, size, backtrace);
	if (backtrace)
		return backtrace;
	backtrace = allocate_zeroed(1, sizeof(*backtrace));
	backtrace->frames = allocate_zeroed(count, sizeof(*frames));
	memcpy(backtrace->frames, frames, size);
	backtrace->count = count;
	HASH_ADD_KEYPTR(hh, backtraces->by_frames, backtrace->frames, size, backtrace);
	return backtrace;
}

struct backtrace *backtraces_intern(struct backtraces *backtraces,
				    const struct recording *recording, uint32_t id)
{
	struct backtrace_frame frames[RECORDED_FRAMES_MAX];
	struct backtrace *known;
	const uint64_t *pc;
	size_t count, i;
	uint32_t seq;

	if (!recording || id == 0)
		return NULL;
	pc = recording_stack(recording, id, &count, &seq);
	if (!pc)
		return NULL;
	known = number_map_find(&backtraces->stacks, (uintptr_t)pc);
	if (known)
		return known == &overlapping ? NULL : known;
	known = &overlapping;
	if (recording_charge_stack(recording, id)) {
		for (i = 0; i < count; i++)
			frames[i] = intern_frame(backtraces, recording, pc[i], seq);
		known = intern_frames(backtraces, frames, count);
	}
	*number_map_at(&backtraces->stacks, (uintptr_t)pc) = known;
	return known == &overlapping ? NULL : known;
}

struct backtrace *backtraces_intern_observed(struct backtraces *backtraces,
					     const struct recording *recording,
					     const struct observation *observation,
					     const struct observed_thread *thread)
{
	struct backtrace_frame frames[OBSERVED_FRAMES_MAX];
	struct script_place place;
	size_t i;

	for (i = 0; recording && thread && i < thread->frames && i < OBSERVED_FRAMES_MAX; i++) {
		if (!recorded_is_script(thread->pc[i])) {
			frames[i] = intern_frame(backtraces, recording, thread->pc[i], UINT32_MAX);
			continue;
		}
		if (!observation_script(observation, thread->pc[i], &place))
			break;
		frames[i] = (struct backtrace_frame){ .script = intern_script(backtraces, &place) };
	}
	return i ? intern_frames(backtraces, frames, i) : NULL;
}

/* Asks for the names of all of its native frames at once. */
static void resolve_frames(const struct backtrace *backtrace, struct symbolizer *symbolizer)
{
	struct code_address addresses[RECORDED_FRAMES_MAX];
	size_t count = 0, i;

	for (i = 0; i < backtrace->count; i++)
		if (backtrace->frames[i].module)
			addresses[count++] = (struct code_address){ backtrace->frames[i].module,
								    backtrace->frames[i].offset };
	symbolizer_resolve_all(symbolizer, addresses, count);
}

static void add_named(struct backtrace *backtrace, const struct frame *frame)
{
	*(struct frame *)allocate_next(&backtrace->named, backtrace->named_count, sizeof(*frame)) =
		*frame;
	backtrace->named_count++;
}

/* Adds the function that frame NUMBER has called, where it ended with a jump to what is named. */
static void add_missing(struct backtrace *backtrace, size_t number, struct symbolizer *symbolizer)
{
	const struct backtrace_frame *caller = &backtrace->frames[number];
	const struct frame *inner = number ? &backtrace->named[backtrace->named_count - 1] : NULL;
	struct frame missing;

	if (inner && (!inner->function || inner->script))
		return;
	if (symbolizer_tail_call(symbolizer, caller->module, caller->offset,
				 inner ? inner->function : NULL, &missing))
		add_named(backtrace, &missing);
}

void backtrace_name(struct backtrace *backtrace, struct symbolizer *symbolizer)
{
	size_t skipped, i, j;

	if (backtrace->named || backtrace->count == 0)
		return;
	resolve_frames(backtrace, symbolizer);
	for (i = 0; i < backtrace->count; i++) {
		struct frame named[INLINED_MAX];
		size_t count = 1;

		if (backtrace->frames[i].script)
			symbolizer_name_script(symbolizer, backtrace->frames[i].script, named);
		else if (backtrace->frames[i].module)
			count = symbolizer_resolve(symbolizer, backtrace->frames[i].module,
						   backtrace->frames[i].offset, named, INLINED_MAX);
		else
			named[0] = (struct frame){ .module = "",
						   .build_id = "",
						   .offset = backtrace->frames[i].offset };
		if (!backtrace->frames[i].script && backtrace->frames[i].module)
			add_missing(backtrace, i, symbolizer);
		for (j = 0; j < count; j++)
			add_named(backtrace, &named[j]);
	}
	skipped = wrapper_frames(backtrace->named, backtrace->named_count);
	if (!skipped || !backtrace->named)
		return;
	backtrace->named_count -= skipped;
	memmove(backtrace->named, backtrace->named + skipped,
		backtrace->named_count * sizeof(*backtrace->named));
}

void backtraces_free(struct backtraces *backtraces)
{
	struct known_module *module, *next_module;
	struct module_alias *alias, *next_alias;
	struct known_script *script, *next_script;
	struct backtrace *backtrace, *next_backtrace;
	struct known_map *map, *next_map;

	if (!backtraces)
		return;
	HASH_ITER(hh, backtraces->maps, map, next_map) {
		HASH_DEL(backtraces->maps, map);
		code_map_free(map->map);
		free(map);
	}
	number_map_clear(&backtraces->stacks);
	HASH_ITER(hh, backtraces->by_frames, backtrace, next_backtrace) {
		HASH_DEL(backtraces->by_frames, backtrace);
		free(backtrace->frames);
		free(backtrace->named);
		free(backtrace);
	}
	HASH_ITER(hh, backtraces->aliases, alias, next_alias) {
		HASH_DEL(backtraces->aliases, alias);
		free(alias);
	}
	HASH_ITER(hh, backtraces->scripts, script, next_script) {
		HASH_DEL(backtraces->scripts, script);
		free(script->identity);
		free(script);
	}
	HASH_ITER(hh, backtraces->modules, module, next_module) {
		HASH_DEL(backtraces->modules, module);
		free(module->identity);
		free(module);
	}
	free(backtraces);
}
