/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include "analyzer/allocate.h"
#include "analyzer/code_units.h"
#include "analyzer/demangle.h"
#include "analyzer/module_file.h"
#include "analyzer/recording_reader.h"
#include "analyzer/source_lines.h"
#include "analyzer/source_paths.h"
#include "preload/recording.h"

/* Functions inlined into each other at one address. */
#define INLINED_MAX 64u

/* Each string of a frame once, so that it can live as long as the symbolizer. */
struct kept_string {
	UT_hash_handle hh;
	char text[];
};

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
	struct code_units *units; /* NULL: no debug information */
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
	struct source_paths *paths;
	struct kept_string *strings;
	struct known_module *modules;
	struct resolved *resolved;
	struct source_lines *sources;
	const char **warnings; /* kept */
	size_t warning_count;
};

static const char *keep(struct symbolizer *symbolizer, const char *text)
{
	size_t length = strlen(text);
	struct kept_string *kept;

	HASH_FIND(hh, symbolizer->strings, text, length, kept);
	if (!kept) {
		kept = allocate_zeroed(1, sizeof(*kept) + length + 1);
		memcpy(kept->text, text, length + 1);
		HASH_ADD_KEYPTR(hh, symbolizer->strings, kept->text, length, kept);
	}
	return kept->text;
}

/* As keep(), and frees TEXT. */
static const char *keep_freed(struct symbolizer *symbolizer, char *text)
{
	const char *kept = keep(symbolizer, text);

	free(text);
	return kept;
}

struct symbolizer *symbolizer_new(const struct symbolizer_options *options)
{
	struct symbolizer *symbolizer = allocate_zeroed(1, sizeof(*symbolizer));

	module_places_set(&symbolizer->places, options->sysroot, options->debug_dir);
	symbolizer->sources = source_lines_new(options->sysroot);
	symbolizer->paths = source_paths_new(options->source_prefixes);
	return symbolizer;
}

void symbolizer_free(struct symbolizer *symbolizer)
{
	struct known_module *module, *next_module;
	struct resolved *resolved, *next_resolved;
	struct kept_string *kept, *next_kept;

	if (!symbolizer)
		return;
	HASH_ITER(hh, symbolizer->resolved, resolved, next_resolved) {
		HASH_DEL(symbolizer->resolved, resolved);
		free(resolved);
	}
	HASH_ITER(hh, symbolizer->modules, module, next_module) {
		HASH_DEL(symbolizer->modules, module);
		code_units_free(module->units);
		module_file_close(&module->file);
		free(module->key);
		free(module);
	}
	HASH_ITER(hh, symbolizer->strings, kept, next_kept) {
		HASH_DEL(symbolizer->strings, kept);
		free(kept);
	}
	source_paths_free(symbolizer->paths);
	free(symbolizer->warnings);
	source_lines_free(symbolizer->sources);
	module_places_clear(&symbolizer->places);
	free(symbolizer);
}

static void warn(struct symbolizer *symbolizer, char *warning)
{
	const char **added =
		allocate_next(&symbolizer->warnings, symbolizer->warning_count++, sizeof(*added));

	*added = keep_freed(symbolizer, warning);
}

static const char *hex(struct symbolizer *symbolizer, const uint8_t *bytes, size_t size)
{
	char text[2 * RECORDED_BUILD_ID_MAX + 1] = "";

	for (size_t i = 0; i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return keep(symbolizer, text);
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
	/* A build-id is identity enough: copies of other age are the same module. */
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
	known->path = keep(symbolizer, module.path);
	known->build_id = hex(symbolizer, module.build_id, module.build_id_size);
	HASH_ADD_KEYPTR(hh, symbolizer->modules, known->key, key_size, known);

	module_file_open(&symbolizer->places, &module, &known->file);
	if (known->file.module)
		known->units = code_units_new(known->file.module);
	if (known->file.found == MODULE_FILE_CHANGED)
		warn(symbolizer, allocate_printed("%s: changed since it was recorded; its frames "
						  "are shown without names",
						  known->path));
	return known;
}

/* The source file as the user has it: absolute where it can be, --source-prefix applied. */
static const char *source_path(struct symbolizer *symbolizer, const struct code_frame *found)
{
	return keep_freed(symbolizer,
			  source_paths_of_unit(symbolizer->paths, found->directory, found->file));
}

/* The symbol whose extent covers ADDRESS; NULL where no symbol does. */
static const char *symbol_name(Dwfl_Module *module, Dwarf_Addr address)
{
	const char *name;
	GElf_Off offset;
	GElf_Sym symbol;

	name = dwfl_module_addrinfo(module, address, &offset, &symbol, NULL, NULL, NULL);
	/* A symbol without a size is only the nearest one that was not stripped. */
	if (!name || !name[0] || offset >= symbol.st_size)
		return NULL;
	return GELF_ST_TYPE(symbol.st_info) == STT_OBJECT ? NULL : name;
}

/*
 * The readable name of a function that debug information calls NAME and whose symbol is SYMBOL
 * (NULL none). C++ functions of one file only have no linker name in debug information, so NAME
 * lacks its namespaces: the symbol has them. It must agree with NAME, because a linker that folds
 * equal functions leaves one symbol for all of them.
 */
static const char *readable_name(struct symbolizer *symbolizer, const char *name,
				 const char *symbol)
{
	char *readable;

	if (!symbol || strncmp(symbol, "_Z", 2) != 0)
		return keep_freed(symbolizer, demangle(name));
	readable = demangle(symbol);
	if (strstr(readable, name))
		return keep_freed(symbolizer, readable);
	free(readable);
	return keep_freed(symbolizer, demangle(name));
}

static struct resolved *resolve(struct symbolizer *symbolizer, const struct known_module *module,
				uint64_t offset)
{
	struct code_frame found[INLINED_MAX];
	struct resolved *resolved;
	const char *symbol = NULL;
	size_t count = 0;
	/* The call's own address: a return address may be the next line or function already. */
	uint64_t address = offset - 1;

	memset(&found[0], 0, sizeof(found[0]));
	if (module->units && offset)
		count = code_units_frames(module->units, address, found, INLINED_MAX);
	if (count == 0)
		count = 1;
	if (module->file.module && offset)
		symbol = symbol_name(module->file.module, address);
	if (count == 1 && !found[0].function)
		found[0].function = symbol;

	resolved = allocate_zeroed(1, sizeof(*resolved) + count * sizeof(resolved->frames[0]));
	resolved->count = count;
	resolved->key.module = module;
	resolved->key.offset = offset;
	for (size_t i = 0; i < count; i++) {
		struct frame *frame = &resolved->frames[i];

		if (found[i].function)
			frame->function = readable_name(symbolizer, found[i].function,
							found[i].inlined ? NULL : symbol);
		if (found[i].file)
			frame->file = source_path(symbolizer, &found[i]);
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
	struct resolved_key key;
	struct resolved *resolved;
	size_t count;

	if (max == 0)
		return 0;
	memset(&key, 0, sizeof(key));
	key.module = find_module(symbolizer, module);
	key.offset = offset;
	HASH_FIND(hh, symbolizer->resolved, &key, sizeof(key), resolved);
	if (!resolved)
		resolved = resolve(symbolizer, key.module, offset);
	count = resolved->count < max ? resolved->count : max;
	memcpy(frames, resolved->frames, count * sizeof(*frames));
	return count;
}

void symbolizer_name_script(struct symbolizer *symbolizer, const struct script_place *place,
			    struct frame *frame)
{
	const char *path =
		keep_freed(symbolizer, source_paths_move(symbolizer->paths, place->file));

	*frame = (struct frame){
		.function = place->function[0] ? keep(symbolizer, place->function) : NULL,
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
