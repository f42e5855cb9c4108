/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/reading_callbacks.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/call_sites/function_body.h"
#include "analyzer/call_sites/source_definitions.h"

/* A longer file is not searched. */
#define FILE_LINES_MAX 20000u
/* Between the name of a function that a line defines and the first line in it. */
#define HEAD_LINES_MAX 4u

/* Calls that have a library read, and which of their arguments, from 0 on, learns of the end. */
static const struct starter {
	const char *call;
	unsigned int argument;
} starters[] = {
	{ "uv_read_start", 2 },
	{ "bufferevent_setcb", 3 },
};

struct known_function {
	const struct frame *frame;
	struct frame callback, call; /* of CALLBACK, LINE 0: there is none */
	char *name;
	UT_hash_handle hh;
};

struct reading_callbacks {
	struct symbolizer *symbolizer;
	struct known_function *functions;
};

struct reading_callbacks *reading_callbacks_new(struct symbolizer *symbolizer)
{
	struct reading_callbacks *callbacks = allocate_zeroed(1, sizeof(*callbacks));

	callbacks->symbolizer = symbolizer;
	return callbacks;
}

void reading_callbacks_free(struct reading_callbacks *callbacks)
{
	struct known_function *known, *next;

	if (!callbacks)
		return;
	HASH_ITER(hh, callbacks->functions, known, next) {
		HASH_DEL(callbacks->functions, known);
		free(known->name);
		free(known);
	}
	free(callbacks);
}

static const struct starter *starter_of(struct name name)
{
	size_t i;

	for (i = 0; i < sizeof(starters) / sizeof(starters[0]); i++)
		if (name_is(name, starters[i].call))
			return &starters[i];
	return NULL;
}

/* Moves CURSOR behind the arguments of a call of STARTER, and returns the one that is a callback by
 * its name alone; LENGTH 0: it is none. */
static struct name callback_in(struct source_cursor *cursor, const struct starter *starter)
{
	struct source_argument argument = { .cursor = cursor, .number = starter->argument };
	struct name callback = { .length = 0 };
	struct source_token token;
	bool is_more = false;

	while (source_argument_next(&argument, &token)) {
		is_more |= callback.length > 0 || token.name.length == 0;
		callback = token.name;
	}
	return is_more ? (struct name){ .length = 0 } : callback;
}

/* Finds the body of the function of FRAME. */
static bool find_body(const struct source *source, const struct frame *frame,
		      struct function_body *body)
{
	const char *line = source_text(source, frame->line);
	unsigned int i;

	if (function_body_around(source, frame->function, frame->line, FUNCTION_LINES_MAX, body))
		return true;
	if (!line || !source_has_word(line, function_plain_name(frame->function)))
		return false;
	for (i = 1; i <= HEAD_LINES_MAX; i++)
		if (function_body_around(source, frame->function, frame->line + i,
					 FUNCTION_LINES_MAX, body))
			return body->first <= frame->line + i;
	return false;
}

/* Does a call anywhere in SOURCE give FUNCTION to a library? */
static bool is_callback(const struct source *source, struct name function)
{
	struct source_cursor cursor = source_cursor_at(source, 1, FILE_LINES_MAX);
	const struct starter *starter;
	struct source_token token;

	while (source_next(&cursor, &token)) {
		starter = starter_of(token.name);
		if (starter && names_are_same(callback_in(&cursor, starter), function))
			return true;
	}
	return false;
}

/* Fills in KNOWN's callback, if BODY gives one, and no other one. */
static void find_callback(const struct source *source, const struct function_body *body,
			  struct known_function *known)
{
	struct source_cursor cursor = function_body_cursor(source, body);
	struct name found = { .length = 0 };
	const struct starter *starter;
	struct source_token token;
	unsigned int definition;

	while (function_body_next(body, &cursor, &token)) {
		struct name callback;

		starter = starter_of(token.name);
		if (!starter)
			continue;
		callback = callback_in(&cursor, starter);
		if (!callback.length || (found.length && !names_are_same(found, callback)))
			return;
		if (!found.length)
			known->call.line = token.number;
		found = callback;
	}
	definition = found.length ? definition_of(source, found, 0) : 0;
	if (!definition)
		return;
	known->name = allocate_printed("%.*s", (int)found.length, found.start);
	known->callback.function = known->name;
	known->callback.line = definition;
}

static struct known_function *function_of(struct reading_callbacks *callbacks,
					  const struct frame *frame)
{
	struct known_function *known;
	struct function_body body;
	struct source source;

	HASH_FIND_PTR(callbacks->functions, &frame, known);
	if (known)
		return known;
	known = allocate_zeroed(1, sizeof(*known));
	known->frame = frame;
	HASH_ADD_PTR(callbacks->functions, frame, known);
	if (frame->script || !frame->function || !frame->file || !frame->line)
		return known;
	known->callback = known->call = *frame;
	known->callback.line = 0;
	known->callback.inlined = known->call.inlined = false;
	source = source_of(callbacks->symbolizer, frame);
	if (find_body(&source, frame, &body) &&
	    !is_callback(&source, function_plain_name(frame->function)))
		find_callback(&source, &body, known);
	return known;
}

const struct frame *reading_callback(struct reading_callbacks *callbacks, const struct frame *frame,
				     const struct frame **call)
{
	struct known_function *known = function_of(callbacks, frame);

	*call = &known->call;
	return known->callback.line ? &known->callback : NULL;
}
