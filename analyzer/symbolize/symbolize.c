/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/symbolize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include "analyzer/base/allocate.h"
#include "analyzer/symbolize/code_units.h"
#include "analyzer/symbolize/frame_names.h"
#include "analyzer/symbolize/module_file.h"
#include "analyzer/recordings/recording_snapshot.h"
#include "analyzer/symbolize/source_lines.h"
#include "analyzer/symbolize/symbol_table.h"
#include "preload/recording/recording.h"

/* Functions inlined into each other at one address. */
#define INLINED_MAX 64u

struct module_key {
	uint64_t file_size;
	int64_t file_mtime_ns;
	uint64_t build_id_size;
	uint8_t build_id[RECORDED_BUILD_ID_MAX];
	/* then the path */
};

struct known_module {
	UT_hash_handle hh;
	uint8_t *key;
	const char *path;     /* kept */
	const char *build_id; /* kept; hex */
	struct module_file file;
	bool loaded;                  /* units and symbols, at the first address */
	struct code_units *units;     /* NULL: no debug information */
	struct symbol_table *symbols; /* NULL: no file */
};

struct resolved_key {
	const struct known_module *module;
	uint64_t offset;
};

struct resolved {
	UT_hash_handle hh;
	struct resolved_key key;
	size_t count;
	struct frame frames[];
};

struct symbolizer {
	struct module_places places;
	struct frame_names *names;
	struct known_module *modules;
	struct resolved *resolved;
	struct source_lines *sources;
	const char **warnings; /* kept */
	size_t warning_count;
};

struct symbolizer *symbolizer_new(const struct symbolizer_options *options)
{
	struct symbolizer *symbolizer = allocate_zeroed(1, sizeof(*symbolizer));

	module_places_set(&symbolizer->places, options->sysroot, options->debug_dir);
	symbolizer->sources = source_lines_new(options->sysroot);
	symbolizer->names = frame_names_new(options->source_prefixes);
	return symbolizer;
}

void symbolizer_free(struct symbolizer *symbolizer)
{
	struct known_module *module, *next_module;
	struct resolved *resolved, *next_resolved;

	if (!symbolizer)
		return;
	HASH_ITER(hh, symbolizer->resolved, resolved, next_resolved) {
		HASH_DEL(symbolizer->resolved, resolved);
		free(resolved);
	}
	HASH_ITER(hh, symbolizer->modules, module, next_module) {
		HASH_DEL(symbolizer->modules, module);
		code_units_free(module->units);
		symbol_table_free(module->symbols);
		module_file_close(&module->file);
		free(module->key);
		free(module);
	}
	frame_names_free(symbolizer->names);
	free(symbolizer->warnings);
	source_lines_free(symbolizer->sources);
	module_places_clear(&symbolizer->places);
	free(symbolizer);
}

static void warn(struct symbolizer *symbolizer, char *warning)
{
	const char **added =
		allocate_next(&symbolizer->warnings, symbolizer->warning_count++, sizeof(*added));

	*added = frame_names_keep_freed(symbolizer->names, warning);
}

static const char *hex(struct symbolizer *symbolizer, const uint8_t *bytes, size_t size)
{
	char text[2 * RECORDED_BUILD_ID_MAX + 1] = "";

	for (size_t i = 0; i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return frame_names_keep(symbolizer->names, text);
}

static struct known_module *find_module(struct symbolizer *symbolizer,
					const struct code_module *recorded)
{
	struct code_module module = *recorded;
	size_t path_size, key_size;
	struct known_module *known;
	struct module_key fixed;
	uint8_t *key;

	if (!module.path)
		module.path = "";
	if (!module.build_id)
		module.build_id_size = 0;
	if (module.build_id_size > RECORDED_BUILD_ID_MAX)
		module.build_id_size = RECORDED_BUILD_ID_MAX;
	memset(&fixed, 0, sizeof(fixed));
	/* A build-id identifies the module: a copy with another time is the same one. */
	fixed.file_size = module.build_id_size ? 0 : module.file_size;
	fixed.file_mtime_ns = module.build_id_size ? 0 : module.file_mtime_ns;
	fixed.build_id_size = module.build_id_size;
	if (module.build_id_size)
		memcpy(fixed.build_id, module.build_id, module.build_id_size);
	path_size = strlen(module.path);
	key_size = sizeof(fixed) + path_size;
	key = allocate_zeroed(key_size, 1);
	memcpy(key, &fixed, sizeof(fixed));
	memcpy(key + sizeof(fixed), module.path, path_size);

	HASH_FIND(hh, symbolizer->modules, key, key_size, known);
	if (known) {
		free(key);
		return known;
	}
	known = allocate_zeroed(1, sizeof(*known));
	known->key = key;
	known->path = frame_names_keep(symbolizer->names, module.path);
	known->build_id = hex(symbolizer, module.build_id, module.build_id_size);
	HASH_ADD_KEYPTR(hh, symbolizer->modules, known->key, key_size, known);

	module_file_open(&symbolizer->places, &module, &known->file);
	if (known->file.found == MODULE_FILE_CHANGED)
		warn(symbolizer, allocate_printed("%s: changed since it was recorded; its frames "
						  "are shown without names",
						  known->path));
	return known;
}

static void load(struct known_module *module)
{
	if (module->loaded || !module->file.module)
		return;
	module->loaded = true;
	module->units = code_units_new(module->file.module);
	module->symbols = symbol_table_new(module->file.module);
}

/*
 * The frames at ADDRESS (of the call) from the module's files, innermost first, with readable
 * names. Returns how many, at least 1.
 */
static size_t look_up(struct symbolizer *symbolizer, const struct known_module *module,
		      uint64_t address, struct code_frame *found)
{
	const char *symbol = NULL;
	size_t count = 0, i;

	memset(&found[0], 0, sizeof(found[0]));
	if (module->units)
		count = code_units_frames(module->units, address, found, INLINED_MAX);
	if (count == 0)
		count = 1;
	if (module->symbols)
		symbol = symbol_table_name(module->symbols, address);
	if (count == 1 && !found[0].function)
		found[0].function = symbol;
	for (i = 0; i < count; i++)
		if (found[i].function)
			found[i].function =
				frame_names_function(symbolizer->names, found[i].function,
						     found[i].inlined ? NULL : symbol);
	return count;
}

static struct resolved *resolve(struct symbolizer *symbolizer, struct known_module *module,
				uint64_t offset)
{
	struct code_frame found[INLINED_MAX] = { { 0 } };
	struct resolved *resolved;
	size_t count = 1;

	if (offset) {
		load(module);
		/* The call's own address: a return address may be the next line or function. */
		count = look_up(symbolizer, module, offset - 1, found);
	}
	resolved = allocate_zeroed(1, sizeof(*resolved) + count * sizeof(resolved->frames[0]));
	resolved->count = count;
	resolved->key.module = module;
	resolved->key.offset = offset;
	for (size_t i = 0; i < count; i++) {
		struct frame *frame = &resolved->frames[i];

		frame->function = found[i].function;
		if (found[i].file)
			frame->file = frame_names_file(symbolizer->names, found[i].directory,
						       found[i].file);
		frame->line = found[i].line;
		frame->inlined = found[i].inlined;
		frame->module = module->path;
		frame->build_id = module->build_id;
		frame->offset = offset;
	}
	HASH_ADD(hh, symbolizer->resolved, key, sizeof(resolved->key), resolved);
	return resolved;
}

size_t symbolizer_resolve(struct symbolizer *symbolizer, const struct code_module *module,
			  uint64_t offset, struct frame *frames, size_t max)
{
	struct known_module *known;
	struct resolved_key key;
	struct resolved *resolved;
	size_t count;

	if (max == 0)
		return 0;
	known = find_module(symbolizer, module);
	memset(&key, 0, sizeof(key));
	key.module = known;
	key.offset = offset;
	HASH_FIND(hh, symbolizer->resolved, &key, sizeof(key), resolved);
	if (!resolved)
		resolved = resolve(symbolizer, known, offset);
	count = resolved->count < max ? resolved->count : max;
	memcpy(frames, resolved->frames, count * sizeof(*frames));
	return count;
}

void symbolizer_name_script(struct symbolizer *symbolizer, const struct script_place *place,
			    struct frame *frame)
{
	const char *path = frame_names_script_file(symbolizer->names, place->file);

	*frame = (struct frame){
		.function = place->function[0]
				    ? frame_names_keep(symbolizer->names, place->function)
				    : NULL,
		.file = path[0] ? path : NULL,
		.line = place->line,
		.module = path,
		.build_id = "",
		.script = true,
	};
}

size_t symbolizer_warnings(const struct symbolizer *symbolizer, const char *const **warnings)
{
	*warnings = symbolizer->warnings;
	return symbolizer->warning_count;
}

const char *symbolizer_source_line(struct symbolizer *symbolizer, const char *file,
				   unsigned int number)
{
	return source_line(symbolizer->sources, file, number);
}
