/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/code_names.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include "analyzer/base/allocate.h"
#include "analyzer/symbolize/code_units.h"
#include "analyzer/symbolize/frame_names.h"
#include "analyzer/symbolize/go_names.h"
#include "analyzer/symbolize/module_key.h"
#include "analyzer/symbolize/source_lines.h"
#include "analyzer/symbolize/symbol_table.h"
#include "analyzer/symbolize/tail_calls.h"

struct known_module {
	UT_hash_handle hh;
	struct module_key *key;
	struct module_file file;
	bool symbols_only;
	bool loaded;                  /* units and symbols, at the first address */
	struct code_units *units;     /* NULL: no debug information */
	struct symbol_table *symbols; /* NULL: no file */
	struct go_names *go;          /* NULL: no Go program */
};

struct code_names {
	struct module_places places;
	struct frame_names *strings;
	struct known_module *modules;
	struct source_lines *sources;
};

struct code_names *code_names_new(const struct symbolizer_options *options,
				  const struct module_waits *waits)
{
	struct code_names *names = allocate_zeroed(1, sizeof(*names));

	module_places_set(&names->places, options->sysroot, options->debug_dir, waits);
	names->sources = source_lines_new(options->sysroot);
	names->strings = frame_names_new(options->source_prefixes);
	return names;
}

void code_names_free(struct code_names *names)
{
	struct known_module *module, *next;

	if (!names)
		return;
	HASH_ITER(hh, names->modules, module, next) {
		HASH_DEL(names->modules, module);
		code_units_free(module->units);
		symbol_table_free(module->symbols);
		free(module->go);
		module_file_close(&module->file);
		free(module->key);
		free(module);
	}
	frame_names_free(names->strings);
	source_lines_free(names->sources);
	module_places_clear(&names->places);
	free(names);
}

static struct known_module *find_module(struct code_names *names, const struct code_module *module,
					bool symbols_only)
{
	struct known_module *known;
	struct module_key *key;
	size_t size;

	key = module_key_new(module, &size);
	HASH_FIND(hh, names->modules, key, size, known);
	if (known) {
		free(key);
		return known;
	}
	known = allocate_zeroed(1, sizeof(*known));
	known->key = key;
	known->symbols_only = symbols_only;
	HASH_ADD_KEYPTR(hh, names->modules, known->key, size, known);
	module_file_open(&names->places, module, symbols_only, &known->file);
	return known;
}

static void load(struct known_module *module)
{
	if (module->loaded || !module->file.module)
		return;
	module->loaded = true;
	if (!module->symbols_only)
		module->units = code_units_new(module->file.module);
	module->symbols = symbol_table_new(module->file.module);
	module->go = go_names_new(module->file.module);
}

/*
 * The frames at ADDRESS (of the call) from the module's files, innermost first, with readable
 * names. Returns how many, at least 1.
 */
static size_t look_up(struct code_names *names, const struct known_module *module, uint64_t address,
		      struct code_frame *found)
{
	const char *symbol = NULL;
	struct go_place go;
	size_t count = 0, i;

	memset(&found[0], 0, sizeof(found[0]));
	if (module->units)
		count = code_units_frames(module->units, address, found, CODE_NAMES_MAX);
	if (count == 0)
		count = 1;
	if (module->symbols)
		symbol = symbol_table_name(module->symbols, address);
	if (count == 1 && !found[0].function)
		found[0].function = symbol;
	if (count == 1 && !found[0].function && module->go &&
	    go_names_find(module->go, address, &go)) {
		found[0].function = go.function;
		found[0].file = go.file;
		found[0].line = go.line;
	}
	for (i = 0; i < count; i++)
		if (found[i].function)
			found[i].function = frame_names_function(names->strings, found[i].function,
								 found[i].inlined ? NULL : symbol);
	return count;
}

/* The name of the function of MODULE that begins at ADDRESS (0: none). */
static const char *function_at(struct code_names *names, const struct known_module *module,
			       Dwarf_Addr address)
{
	struct code_frame found[CODE_NAMES_MAX];
	size_t count = address ? look_up(names, module, address, found) : 0;

	return count ? found[count - 1].function : NULL;
}

/* Names in LIST the calls that the function ends with that is called in front of ADDRESS. */
static size_t name_tail_calls(struct code_names *names, const struct known_module *module,
			      uint64_t address, struct code_name *list)
{
	struct tail_call calls[TAIL_CALLS_MAX];
	size_t count = 0, i;

	if (module->units && module->symbols)
		count = tail_calls_of(module->units, module->symbols, address, calls);
	for (i = 0; i < count; i++) {
		const struct code_frame *frame = &calls[i].frame;

		list[i] = (struct code_name){
			.function = function_at(names, module, calls[i].address),
			.file = frame->file ? frame_names_file(names->strings, frame->directory,
							       frame->file)
					    : NULL,
			.line = frame->line,
			.ends_with_call = true,
			.callee = function_at(names, module, calls[i].callee),
		};
	}
	return count;
}

size_t code_names_of(struct code_names *names, const struct code_module *module, uint64_t offset,
		     bool symbols_only, struct code_name *list, enum module_file_found *file)
{
	struct known_module *known = find_module(names, module, symbols_only);
	struct code_frame found[CODE_NAMES_MAX] = { { 0 } };
	size_t count = 1, tails = 0, i;

	*file = known->file.found;
	if (offset) {
		load(known);
		/* The call's own address: a return address may be the next line or function. */
		count = look_up(names, known, offset - 1, found);
		tails = name_tail_calls(names, known, offset, list);
		if (count > CODE_NAMES_MAX - tails)
			count = CODE_NAMES_MAX - tails;
		list += tails;
	}
	for (i = 0; i < count; i++) {
		list[i] = (struct code_name){
			.function = found[i].function,
			.line = found[i].line,
			.inlined = found[i].inlined,
		};
		if (found[i].file)
			list[i].file =
				frame_names_file(names->strings, found[i].directory, found[i].file);
	}
	return tails + count;
}

const char *code_names_source_line(struct code_names *names, const char *file, unsigned int number)
{
	return source_line(names->sources, file, number);
}
