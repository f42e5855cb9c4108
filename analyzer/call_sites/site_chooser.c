/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/site_chooser.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/call_sites/leak_executable.h"

/* Each recording has the path of its program, thousands the same. */
struct known_executable {
	const char *path;
	UT_hash_handle hh;
};

/* A recording without a leak's stack may still be of its program. */
static const char *some_executable(const struct recordings *recordings)
{
	size_t i;

	for (i = 0; i < recordings->count; i++)
		if (recordings->list[i].recording->header.executable[0])
			return recordings->list[i].recording->header.executable;
	return "";
}

struct site_chooser *site_chooser_new(const struct recordings *recordings,
				      struct backtraces *backtraces, struct symbolizer *symbolizer,
				      const struct own_globs *globs,
				      const struct listeners *listeners)
{
	struct site_chooser *chooser = allocate_zeroed(1, sizeof(*chooser));

	*chooser = (struct site_chooser){
		.backtraces = backtraces,
		.symbolizer = symbolizer,
		.globs = globs,
		.listeners = listeners,
		.executable = some_executable(recordings),
		.handlers = stack_handlers_new(recordings, backtraces, symbolizer, globs),
		.registered = registered_handlers_new(symbolizer),
		.reading = reading_callbacks_new(symbolizer),
	};
	chooser->loops = loop_handlers_new(chooser->handlers, backtraces, globs);
	chooser->reconnects = reconnects_new(chooser->handlers, backtraces, symbolizer, globs);
	return chooser;
}

void site_chooser_free(struct site_chooser *chooser)
{
	struct known_executable *executable, *next_executable;

	if (!chooser)
		return;
	HASH_ITER(hh, chooser->executables, executable, next_executable) {
		HASH_DEL(chooser->executables, executable);
		free(executable);
	}
	stack_handlers_free(chooser->handlers);
	registered_handlers_free(chooser->registered);
	reading_callbacks_free(chooser->reading);
	reconnects_free(chooser->reconnects);
	loop_handlers_free(chooser->loops);
	free(chooser);
}

static const char *find_executable(struct site_chooser *chooser, const char *path)
{
	struct known_executable *known;

	HASH_FIND_STR(chooser->executables, path, known);
	if (known)
		return known->path;
	known = allocate_zeroed(1, sizeof(*known));
	known->path = path;
	HASH_ADD_KEYPTR(hh, chooser->executables, known->path, strlen(path), known);
	return path;
}

/* The leaks of a process come one after the other. */
const char *chooser_executable(struct site_chooser *chooser, const struct leak *leak)
{
	const char *own = leak_executable(leak), *path = own[0] ? own : chooser->executable;

	if (path != chooser->last_path) {
		chooser->last_path = path;
		chooser->last_executable = find_executable(chooser, path);
	}
	return chooser->last_executable;
}

struct backtrace *chooser_backtrace(struct site_chooser *chooser, const struct stack_ref *ref)
{
	return backtraces_intern(chooser->backtraces, ref->recording, ref->id);
}

const struct frame *chooser_own_site(const struct site_chooser *chooser,
				     struct backtrace *backtrace, const char *executable)
{
	if (!backtrace)
		return NULL;
	backtrace_name(backtrace, chooser->symbolizer);
	return own_code_site(backtrace->named, backtrace->named_count, executable, chooser->globs);
}
