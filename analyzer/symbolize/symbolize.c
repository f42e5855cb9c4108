/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/symbolize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>
#include "analyzer/base/allocate.h"
#include "analyzer/base/user_rights.h"
#include "analyzer/recordings/recording_snapshot.h"
#include "analyzer/symbolize/code_names.h"
#include "analyzer/symbolize/frame_names.h"
#include "analyzer/symbolize/imported_names.h"
#include "analyzer/symbolize/module_key.h"
#include "analyzer/symbolize/naming_process.h"
#include "preload/recording/recording.h"

/* So many processes may fail over what they read: then hostile files are not worth more time. */
#define FAILURES_MAX 4u

/* How much of a module is read. */
enum readable {
	READ_ALL,
	READ_SYMBOLS, /* its debug information was too much for a process */
	READ_NOTHING, /* so were its symbols */
};

struct known_module {
	UT_hash_handle hh;
	struct module_key *key;
	const char *path;     /* kept */
	const char *build_id; /* kept; hex */
	const char *identity; /* kept; see module_identity() */
	enum readable readable;
	bool changed; /* and a warning says so */
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

/* A line of source that was asked for. */
struct read_line {
	UT_hash_handle hh;
	struct read_line_key {
		const char *file; /* kept */
		uint64_t number;
	} key;
	const char *line; /* kept; NULL none */
};

/* Who recorded, and who reads files with that user's rights. */
struct reader {
	uid_t user;
	struct naming_process *process; /* NULL: not needed yet, or it has failed */
};

struct symbolizer {
	struct symbolizer_options options;
	struct code_names *here; /* options.in_process */
	struct reader *readers;
	size_t reader_count;
	unsigned int failures;
	bool gave_up; /* and a warning says so */
	struct frame_names *names;
	struct known_module *modules;
	struct known_module *last; /* that was asked for: most frames of a stack are of few */
	struct resolved *resolved;
	struct read_line *lines;
	const char **warnings; /* kept */
	size_t warning_count;
};

struct symbolizer *symbolizer_new(const struct symbolizer_options *options)
{
	struct symbolizer *symbolizer = allocate_zeroed(1, sizeof(*symbolizer));

	symbolizer->options = *options;
	if (options->in_process)
		symbolizer->here = code_names_new(options, NULL);
	symbolizer->names = frame_names_new(options->source_prefixes);
	return symbolizer;
}

void symbolizer_free(struct symbolizer *symbolizer)
{
	struct known_module *module, *next_module;
	struct resolved *resolved, *next_resolved;
	struct read_line *line, *next_line;
	size_t i;

	if (!symbolizer)
		return;
	for (i = 0; i < symbolizer->reader_count; i++)
		naming_process_end(symbolizer->readers[i].process);
	free(symbolizer->readers);
	code_names_free(symbolizer->here);
	HASH_ITER(hh, symbolizer->resolved, resolved, next_resolved) {
		HASH_DEL(symbolizer->resolved, resolved);
		free(resolved);
	}
	HASH_ITER(hh, symbolizer->modules, module, next_module) {
		HASH_DEL(symbolizer->modules, module);
		free(module->key);
		free(module);
	}
	HASH_ITER(hh, symbolizer->lines, line, next_line) {
		HASH_DEL(symbolizer->lines, line);
		free(line);
	}
	frame_names_free(symbolizer->names);
	free(symbolizer->warnings);
	free(symbolizer);
}

static void warn(struct symbolizer *symbolizer, char *warning)
{
	const char **added =
		allocate_next(&symbolizer->warnings, symbolizer->warning_count++, sizeof(*added));

	*added = frame_names_keep_freed(symbolizer->names, warning);
}

/* Users whose rights are no less than finleak's own are one. */
static struct reader *reader_of(struct symbolizer *symbolizer, uid_t user)
{
	struct reader *added;
	size_t i;

	if (!user_rights_exceed(user))
		user = geteuid();
	for (i = 0; i < symbolizer->reader_count; i++)
		if (symbolizer->readers[i].user == user)
			return &symbolizer->readers[i];
	added = allocate_next(&symbolizer->readers, symbolizer->reader_count++, sizeof(*added));
	added->user = user;
	return added;
}

void symbolizer_add_user(struct symbolizer *symbolizer, uid_t user)
{
	reader_of(symbolizer, user);
}

static void give_up(struct symbolizer *symbolizer, const char *why)
{
	symbolizer->gave_up = true;
	warn(symbolizer, allocate_printed("%s; the other frames are shown without names", why));
}

/* The process that reads for READER; NULL: there is none any more. */
static struct naming_process *process_of(struct symbolizer *symbolizer, struct reader *reader)
{
	if (symbolizer->gave_up)
		return NULL;
	if (!reader->process)
		reader->process = naming_process_start(&symbolizer->options, reader->user);
	if (!reader->process)
		give_up(symbolizer, "A process that names code could not be started");
	else if (naming_process_is_spent(reader->process))
		give_up(symbolizer, "Naming code took too long");
	return symbolizer->gave_up ? NULL : reader->process;
}

static void end_failed(struct symbolizer *symbolizer, struct reader *reader)
{
	naming_process_end(reader->process);
	reader->process = NULL;
	if (++symbolizer->failures == FAILURES_MAX)
		give_up(symbolizer, "Debug information was too much to read several times");
}

static const char *hex(struct symbolizer *symbolizer, const uint8_t *bytes, size_t size)
{
	char text[2 * RECORDED_BUILD_ID_MAX + 1] = "";

	for (size_t i = 0; i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return frame_names_keep(symbolizer->names, text);
}

static struct known_module *find_module(struct symbolizer *symbolizer,
					const struct code_module *module)
{
	struct known_module *known = symbolizer->last;
	struct module_key *key;
	size_t size;

	if (known && module_key_is_of(known->key, module))
		return known;
	key = module_key_new(module, &size);
	HASH_FIND(hh, symbolizer->modules, key, size, known);
	if (known) {
		free(key);
		symbolizer->last = known;
		return known;
	}
	known = allocate_zeroed(1, sizeof(*known));
	known->key = key;
	known->path = frame_names_keep(symbolizer->names, module->path);
	known->build_id = hex(symbolizer, module->build_id, module->build_id_size);
	known->identity = frame_names_keep_freed(symbolizer->names, module_identity(module));
	HASH_ADD_KEYPTR(hh, symbolizer->modules, known->key, size, known);
	symbolizer->last = known;
	return known;
}

/* A process has failed over MODULE. */
static void read_less(struct symbolizer *symbolizer, struct known_module *module)
{
	module->readable++;
	warn(symbolizer,
	     allocate_printed(
		     module->readable == READ_SYMBOLS
			     ? "%s: its debug information takes too long or too much memory to "
			       "read; its frames are named by symbols"
			     : "%s: its symbols take too long or too much memory to read; its "
			       "frames are shown without names",
		     module->path));
}

/* Names the call before OFFSET into LIST, whose strings are borrowed; 0: nothing can. */
static size_t ask_names(struct symbolizer *symbolizer, const struct code_module *module,
			struct known_module *known, uint64_t offset, struct code_name *list)
{
	struct reader *reader = NULL;
	enum module_file_found file = MODULE_FILE_SAME;
	size_t count = imported_names_of(symbolizer->options.imported, module, offset, list);

	if (count)
		return count;
	if (symbolizer->here)
		count = code_names_of(symbolizer->here, module, offset, false, list, &file);
	while (count == 0 && known->readable != READ_NOTHING) {
		struct naming_process *process;

		reader = reader ? reader : reader_of(symbolizer, module->recorded_by);
		process = process_of(symbolizer, reader);
		if (!process)
			break;
		count = naming_process_names(process, module, offset,
					     known->readable == READ_SYMBOLS, list, &file);
		if (count == 0) {
			read_less(symbolizer, known);
			end_failed(symbolizer, reader);
		}
	}
	/* Without a file there is nothing more to ask: thousands of its frames may follow. */
	if (file == MODULE_FILE_NONE || file == MODULE_FILE_CHANGED)
		known->readable = READ_NOTHING;
	if (file == MODULE_FILE_CHANGED && !known->changed) {
		known->changed = true;
		warn(symbolizer, allocate_printed("%s: changed since it was recorded; its frames "
						  "are shown without names",
						  known->path));
	}
	return count;
}

static const char *kept(struct symbolizer *symbolizer, const char *text)
{
	return text ? frame_names_keep(symbolizer->names, text) : NULL;
}

static struct resolved *resolve(struct symbolizer *symbolizer, const struct code_module *module,
				struct known_module *known, uint64_t offset)
{
	struct code_name list[CODE_NAMES_MAX];
	size_t count = ask_names(symbolizer, module, known, offset, list), i;
	struct resolved *resolved;

	if (count == 0)
		list[count++] = (struct code_name){ 0 };
	resolved = allocate_zeroed(1, sizeof(*resolved) + count * sizeof(resolved->frames[0]));
	resolved->count = count;
	resolved->key.module = known;
	resolved->key.offset = offset;
	for (i = 0; i < count; i++)
		resolved->frames[i] = (struct frame){
			.function = kept(symbolizer, list[i].function),
			.file = kept(symbolizer, list[i].file),
			.line = list[i].line,
			.inlined = list[i].inlined,
			.module = known->path,
			.build_id = known->build_id,
			.offset = offset,
		};
	HASH_ADD(hh, symbolizer->resolved, key, sizeof(resolved->key), resolved);
	return resolved;
}

size_t symbolizer_resolve(struct symbolizer *symbolizer, const struct code_module *recorded,
			  uint64_t offset, struct frame *frames, size_t max)
{
	struct code_module module = *recorded;
	struct known_module *known;
	struct resolved_key key;
	struct resolved *resolved;
	size_t count;

	if (max == 0)
		return 0;
	if (module.build_id_size > RECORDED_BUILD_ID_MAX)
		module.build_id_size = RECORDED_BUILD_ID_MAX;
	known = find_module(symbolizer, &module);
	memset(&key, 0, sizeof(key));
	key.module = known;
	key.offset = offset;
	HASH_FIND(hh, symbolizer->resolved, &key, sizeof(key), resolved);
	if (!resolved)
		resolved = resolve(symbolizer, &module, known, offset);
	count = resolved->count < max ? resolved->count : max;
	memcpy(frames, resolved->frames, count * sizeof(*frames));
	return count;
}

void symbolizer_name_script(struct symbolizer *symbolizer, const struct script_place *place,
			    struct frame *frame)
{
	const struct language *language = language_named(place->language);
	const char *path = frame_names_script_file(
		symbolizer->names, place->file,
		language_is_library(language, place->file) ? NULL : language->source_roots);

	*frame = (struct frame){
		.function = place->function[0]
				    ? frame_names_keep(symbolizer->names, place->function)
				    : NULL,
		.file = path[0] ? path : NULL,
		.line = place->line,
		.module = path,
		.build_id = "",
		.script = true,
		.language = language,
	};
}

size_t symbolizer_warnings(const struct symbolizer *symbolizer, const char *const **warnings)
{
	*warnings = symbolizer->warnings;
	return symbolizer->warning_count;
}

/* Borrowed; NULL where one of the readers does not get at it. */
static const char *ask_line(struct symbolizer *symbolizer, const char *file, unsigned int number)
{
	const char *line = imported_names_line(symbolizer->options.imported, file, number);
	size_t i;

	if (line)
		return line;
	if (symbolizer->here)
		return code_names_source_line(symbolizer->here, file, number);
	if (symbolizer->reader_count == 0)
		reader_of(symbolizer, geteuid());
	for (i = 0; i < symbolizer->reader_count; i++) {
		struct reader *reader = &symbolizer->readers[i];
		struct naming_process *process = process_of(symbolizer, reader);

		if (!process)
			return NULL;
		if (!naming_process_source_line(process, file, number, &line)) {
			end_failed(symbolizer, reader);
			return NULL;
		}
		if (!line)
			return NULL;
	}
	return line;
}

const char *symbolizer_source_line(struct symbolizer *symbolizer, const char *file,
				   unsigned int number)
{
	struct read_line_key key;
	struct read_line *known;

	if (!file || !file[0] || number == 0)
		return NULL;
	memset(&key, 0, sizeof(key));
	key.file = frame_names_keep(symbolizer->names, file);
	key.number = number;
	HASH_FIND(hh, symbolizer->lines, &key, sizeof(key), known);
	if (known)
		return known->line;
	known = allocate_zeroed(1, sizeof(*known));
	known->key = key;
	known->line = kept(symbolizer, ask_line(symbolizer, file, number));
	HASH_ADD(hh, symbolizer->lines, key, sizeof(known->key), known);
	return known->line;
}

void symbolizer_each_call(const struct symbolizer *symbolizer,
			  void (*take)(void *context, const char *identity,
				       const struct frame *frames, size_t count),
			  void *context)
{
	const struct resolved *resolved;

	for (resolved = symbolizer->resolved; resolved; resolved = resolved->hh.next)
		take(context, resolved->key.module->identity, resolved->frames, resolved->count);
}

void symbolizer_each_line(const struct symbolizer *symbolizer,
			  void (*take)(void *context, const char *file, unsigned int number,
				       const char *line),
			  void *context)
{
	const struct read_line *known;

	for (known = symbolizer->lines; known; known = known->hh.next)
		if (known->line)
			take(context, known->key.file, (unsigned int)known->key.number,
			     known->line);
}
