/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/symbolize.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/recordings/recording_snapshot.h"
#include "analyzer/symbolize/frame_names.h"
#include "analyzer/symbolize/imported_names.h"
#include "analyzer/symbolize/naming_readers.h"
#include "analyzer/symbolize/read_lines.h"
#include "analyzer/symbolize/resolved_calls.h"
#include "preload/recording/recording.h"

struct symbolizer {
	struct symbolizer_options options;
	struct code_names *here; /* options.in_process */
	struct naming_readers *readers;
	struct frame_names *names;
	struct resolved_calls *calls;
	struct read_lines *lines;
	const char **warnings; /* kept */
	size_t warning_count;
};

static void warn(void *context, char *text)
{
	struct symbolizer *symbolizer = context;
	const char **added =
		allocate_next(&symbolizer->warnings, symbolizer->warning_count++, sizeof(*added));

	*added = frame_names_keep_freed(symbolizer->names, text);
}

struct symbolizer *symbolizer_new(const struct symbolizer_options *options)
{
	struct symbolizer *symbolizer = allocate_zeroed(1, sizeof(*symbolizer));

	symbolizer->options = *options;
	if (options->in_process)
		symbolizer->here = code_names_new(options, NULL);
	symbolizer->names = frame_names_new(options->source_prefixes);
	symbolizer->calls = resolved_calls_new(symbolizer->names);
	symbolizer->readers = naming_readers_new(&symbolizer->options, warn, symbolizer);
	symbolizer->lines = read_lines_new(&symbolizer->options, symbolizer->here,
					   symbolizer->readers, symbolizer->names);
	return symbolizer;
}

void symbolizer_free(struct symbolizer *symbolizer)
{
	if (!symbolizer)
		return;
	naming_readers_free(symbolizer->readers);
	code_names_free(symbolizer->here);
	resolved_calls_free(symbolizer->calls);
	read_lines_free(symbolizer->lines);
	frame_names_free(symbolizer->names);
	free(symbolizer->warnings);
	free(symbolizer);
}

void symbolizer_add_user(struct symbolizer *symbolizer, uid_t user)
{
	naming_reader_of(symbolizer->readers, user);
}

/* The paths in ARGUMENT are separated as those of classes are: "lib/a.jar:classes". */
static void add_places(struct symbolizer *symbolizer, const char *argument)
{
	const char *part;
	char *place;

	for (part = argument; *part; part += strspn(part, ":")) {
		size_t length = strcspn(part, ":");

		place = allocate_printed("%.*s", (int)length, part);
		if (strchr(place, '/'))
			frame_names_add_place(symbolizer->names, place);
		free(place);
		part += length;
	}
}

void symbolizer_add_command(struct symbolizer *symbolizer, const char *command)
{
	const char *argument;

	for (argument = command; *argument; argument += strlen(argument) + 1)
		add_places(symbolizer, argument);
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

/* Without a file there is nothing more to ask: thousands of its frames may follow. */
static void take_file(struct symbolizer *symbolizer, struct known_module *module,
		      enum module_file_found file)
{
	if (file == MODULE_FILE_NONE || file == MODULE_FILE_CHANGED)
		module->readable = READ_NOTHING;
	if (file != MODULE_FILE_CHANGED || module->changed)
		return;
	module->changed = true;
	warn(symbolizer, allocate_printed("%s: changed since it was recorded; its frames are "
					  "shown without names",
					  module->path));
}

/* What a process is asked for. */
struct pending {
	struct known_module *known;
	struct code_module module;
	uint64_t offset;
};

/* Can ADDRESS be named without a process, or not at all? Then it is. */
static bool resolve_here(struct symbolizer *symbolizer, const struct pending *pending)
{
	struct code_name list[CODE_NAMES_MAX];
	enum module_file_found file = MODULE_FILE_SAME;
	size_t count = imported_names_of(symbolizer->options.imported, &pending->module,
					 pending->offset, list);

	if (!count && symbolizer->here) {
		count = code_names_of(symbolizer->here, &pending->module, pending->offset, false,
				      list, &file);
		take_file(symbolizer, pending->known, file);
	}
	if (!count && pending->known->readable != READ_NOTHING)
		return false;
	resolved_calls_add(symbolizer->calls, pending->known, pending->offset, list, count);
	return true;
}

/*
 * Asks PROCESS for the COUNT addresses that LIST begins with. Returns how many it has named: fewer
 * where it has failed over the next one, or is spent.
 */
static size_t ask(struct symbolizer *symbolizer, struct naming_process *process,
		  const struct pending *list, size_t count)
{
	struct naming_question questions[NAMING_QUESTIONS_MAX];
	size_t i;

	for (i = 0; i < count; i++)
		questions[i] = (struct naming_question){
			.module = i && list[i].known == list[i - 1].known ? questions[i - 1].module
									  : &list[i].module,
			.offset = list[i].offset,
			.symbols_only = list[i].known->readable == READ_SYMBOLS,
		};
	naming_process_ask(process, questions, count);
	for (i = 0; i < count; i++) {
		enum module_file_found file = MODULE_FILE_SAME;
		struct code_name names[CODE_NAMES_MAX];
		size_t named = naming_process_answer(process, names, &file);

		if (!named)
			break;
		take_file(symbolizer, list[i].known, file);
		resolved_calls_add(symbolizer->calls, list[i].known, list[i].offset, names, named);
	}
	return i;
}

/* Names all COUNT of LIST, which have one reader; those that nothing can name stay without names.
 */
static void ask_all(struct symbolizer *symbolizer, const struct pending *list, size_t count)
{
	size_t reader = naming_reader_of(symbolizer->readers, list->module.recorded_by);
	size_t done = 0;

	while (done < count) {
		struct naming_process *process = NULL;

		if (list[done].known->readable != READ_NOTHING)
			process = naming_reader_process(symbolizer->readers, reader);
		if (!process) {
			resolved_calls_add(symbolizer->calls, list[done].known, list[done].offset,
					   NULL, 0);
			done++;
			continue;
		}
		done += ask(symbolizer, process, list + done, count - done);
		if (done == count || naming_process_is_spent(process))
			continue;
		read_less(symbolizer, list[done].known);
		naming_reader_failed(symbolizer->readers, reader);
	}
}

static bool is_pending(const struct pending *list, size_t count, const struct pending *wanted)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (list[i].offset == wanted->offset && list[i].known == wanted->known)
			return true;
	return false;
}

static struct pending pending_of(struct symbolizer *symbolizer, const struct code_address *address)
{
	struct pending pending = { .module = *address->module, .offset = address->offset };

	if (pending.module.build_id_size > RECORDED_BUILD_ID_MAX)
		pending.module.build_id_size = RECORDED_BUILD_ID_MAX;
	pending.known = resolved_calls_module(symbolizer->calls, &pending.module);
	return pending;
}

void symbolizer_resolve_all(struct symbolizer *symbolizer, const struct code_address *addresses,
			    size_t count)
{
	struct pending list[NAMING_QUESTIONS_MAX];
	size_t waiting = 0, i;

	for (i = 0; i < count; i++) {
		struct pending next = pending_of(symbolizer, &addresses[i]);

		if (number_map_find(&next.known->resolved, next.offset) ||
		    is_pending(list, waiting, &next) || resolve_here(symbolizer, &next))
			continue;
		if (waiting == NAMING_QUESTIONS_MAX ||
		    (waiting && list->module.recorded_by != next.module.recorded_by)) {
			ask_all(symbolizer, list, waiting);
			waiting = 0;
		}
		list[waiting++] = next;
	}
	if (waiting)
		ask_all(symbolizer, list, waiting);
}

static const struct resolved *resolve(struct symbolizer *symbolizer,
				      const struct code_module *module, uint64_t offset)
{
	const struct code_address address = { module, offset };
	const struct pending wanted = pending_of(symbolizer, &address);
	const struct resolved *resolved;

	resolved = number_map_find(&wanted.known->resolved, offset);
	if (!resolved) {
		symbolizer_resolve_all(symbolizer, &address, 1);
		resolved = number_map_find(&wanted.known->resolved, offset);
	}
	return resolved;
}

/* How many of RESOLVED's frames are calls that a missing function ends with: not all of them. */
static size_t tail_calls_in(const struct resolved *resolved)
{
	size_t count = 0;

	while (count + 1 < resolved->count && resolved->frames[count].ends_with_call)
		count++;
	return count;
}

size_t symbolizer_resolve(struct symbolizer *symbolizer, const struct code_module *module,
			  uint64_t offset, struct frame *frames, size_t max)
{
	const struct resolved *resolved;
	size_t first, count;

	if (max == 0)
		return 0;
	resolved = resolve(symbolizer, module, offset);
	first = tail_calls_in(resolved);
	count = resolved->count - first < max ? resolved->count - first : max;
	memcpy(frames, resolved->frames + first, count * sizeof(*frames));
	return count;
}

static bool is_call_of(const struct frame *frame, const char *callee)
{
	return callee ? frame->callee && strcmp(frame->callee, callee) == 0 : !frame->callee;
}

bool symbolizer_tail_call(struct symbolizer *symbolizer, const struct code_module *module,
			  uint64_t offset, const char *callee, struct frame *frame)
{
	const struct resolved *resolved = resolve(symbolizer, module, offset);
	size_t count = tail_calls_in(resolved), i;

	for (i = 0; i < count && !is_call_of(&resolved->frames[i], callee); i++)
		;
	/* What it jumped to may have ended with a jump itself. */
	if (i == count && !callee)
		i = 0;
	if (i >= count || !resolved->frames[i].function)
		return false;
	*frame = resolved->frames[i];
	frame->ends_with_call = false;
	frame->callee = NULL;
	return true;
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

const char *symbolizer_source_line(struct symbolizer *symbolizer, const char *file,
				   unsigned int number)
{
	return read_lines_find(symbolizer->lines, file, number);
}

void symbolizer_each_call(const struct symbolizer *symbolizer,
			  void (*take)(void *context, const char *identity,
				       const struct frame *frames, size_t count),
			  void *context)
{
	const struct resolved *resolved;

	for (resolved = resolved_calls_first(symbolizer->calls); resolved;
	     resolved = resolved->next)
		take(context, resolved->module->identity, resolved->frames, resolved->count);
}

void symbolizer_each_line(const struct symbolizer *symbolizer,
			  void (*take)(void *context, const char *file, unsigned int number,
				       const char *line),
			  void *context)
{
	read_lines_each(symbolizer->lines, take, context);
}
