/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/resolved_calls.h"

#include <stdio.h>
#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/recordings/recording_snapshot.h"
#include "analyzer/symbolize/imported_names.h"
#include "analyzer/symbolize/module_key.h"
#include "preload/recording/recording.h"

struct resolved_calls {
	struct frame_names *names;
	struct known_module *modules;
	struct known_module *last; /* that was asked for: most frames of a stack are of few */
	struct resolved *first, **end;
};

struct resolved_calls *resolved_calls_new(struct frame_names *names)
{
	struct resolved_calls *calls = allocate_zeroed(1, sizeof(*calls));

	calls->names = names;
	calls->end = &calls->first;
	return calls;
}

void resolved_calls_free(struct resolved_calls *calls)
{
	struct known_module *module, *next_module;
	struct resolved *resolved, *next_resolved;

	for (resolved = calls->first; resolved; resolved = next_resolved) {
		next_resolved = resolved->next;
		free(resolved);
	}
	HASH_ITER(hh, calls->modules, module, next_module) {
		HASH_DEL(calls->modules, module);
		number_map_clear(&module->resolved);
		free(module->key);
		free(module);
	}
	free(calls);
}

static const char *hex(struct resolved_calls *calls, const uint8_t *bytes, size_t size)
{
	char text[2 * RECORDED_BUILD_ID_MAX + 1] = "";

	for (size_t i = 0; i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return frame_names_keep(calls->names, text);
}

struct known_module *resolved_calls_module(struct resolved_calls *calls,
					   const struct code_module *module)
{
	struct known_module *known = calls->last;
	struct module_key *key;
	size_t size;

	if (known && module_key_is_of(known->key, module))
		return known;
	key = module_key_new(module, &size);
	HASH_FIND(hh, calls->modules, key, size, known);
	if (known) {
		free(key);
		calls->last = known;
		return known;
	}
	known = allocate_zeroed(1, sizeof(*known));
	known->key = key;
	known->path = frame_names_keep(calls->names, module->path);
	known->build_id = hex(calls, module->build_id, module->build_id_size);
	known->identity = frame_names_keep_freed(calls->names, module_identity(module));
	HASH_ADD_KEYPTR(hh, calls->modules, known->key, size, known);
	calls->last = known;
	return known;
}

static const char *kept(struct resolved_calls *calls, const char *text)
{
	return text ? frame_names_keep(calls->names, text) : NULL;
}

void resolved_calls_add(struct resolved_calls *calls, struct known_module *known, uint64_t offset,
			const struct code_name *list, size_t count)
{
	static const struct code_name nameless;
	struct resolved *resolved;
	size_t i;

	if (count == 0) {
		list = &nameless;
		count = 1;
	}
	resolved = allocate_zeroed(1, sizeof(*resolved) + count * sizeof(resolved->frames[0]));
	resolved->count = count;
	resolved->module = known;
	for (i = 0; i < count; i++)
		resolved->frames[i] = (struct frame){
			.function = kept(calls, list[i].function),
			.file = kept(calls, list[i].file),
			.line = list[i].line,
			.inlined = list[i].inlined,
			.ends_with_call = list[i].ends_with_call,
			.callee = kept(calls, list[i].callee),
			.module = known->path,
			.build_id = known->build_id,
			.offset = offset,
		};
	*calls->end = resolved;
	calls->end = &resolved->next;
	*number_map_at(&known->resolved, offset) = resolved;
}

const struct resolved *resolved_calls_first(const struct resolved_calls *calls)
{
	return calls->first;
}
