/* SPDX-License-Identifier: MIT */
#include "analyzer/source/reading_callbacks.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"
#include "analyzer/source/function_body.h"
#include "analyzer/source/qt_signals.h"
#include "analyzer/source/sole_call.h"
#include "analyzer/source/source_definitions.h"

/*
 * Calls that have a library read, and which of their arguments, from 0 on, learns of the end. Those
 * from COMPANIONS on up to that get what comes before it.
 */
static const struct starter {
	const char *call;
	unsigned int companions, argument;
} starters[] = {
	{ "uv_read_start", 2, 2 },
	{ "bufferevent_setcb", 1, 3 },
};

struct known_function {
	struct known_function_key {
		const struct frame *frame;
		enum callback_event event;
	} key;
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

/* Moves CURSOR behind the arguments of a call, and returns the one that is a callback by its name
 * alone; LENGTH 0: argument NUMBER is none. */
static struct name argument_in(struct source_cursor *cursor, unsigned int number)
{
	struct source_argument argument = { .cursor = cursor, .number = number };
	struct name callback = { .length = 0 };
	struct source_token token;
	bool is_more = false;

	while (source_argument_next(&argument, &token)) {
		is_more |= callback.length > 0 || token.name.length == 0;
		callback = token.name;
	}
	return is_more ? (struct name){ .length = 0 } : callback;
}

static struct name callback_in(struct source_cursor *cursor, const struct starter *starter)
{
	return argument_in(cursor, starter->argument);
}

/* Is FUNCTION a companion in the call of STARTER that CURSOR is in? */
static bool is_companion(const struct source_cursor *cursor, const struct starter *starter,
			 struct name function)
{
	unsigned int number;

	for (number = starter->companions; number < starter->argument; number++) {
		struct source_cursor again = *cursor;

		if (names_are_same(argument_in(&again, number), function))
			return true;
	}
	return false;
}

/* Does a call anywhere in SOURCE give FUNCTION to a library? */
static bool is_callback(const struct source *source, struct name function)
{
	struct source_cursor cursor = source_cursor_of_file(source);
	const struct starter *starter;
	struct source_token token;

	while (source_next(&cursor, &token)) {
		starter = starter_of(token.name);
		if (starter && names_are_same(callback_in(&cursor, starter), function))
			return true;
	}
	return false;
}

/* KNOWN's callback is FUNCTION, which it frees. */
static void set_callback(struct known_function *known, unsigned int line, char *function)
{
	known->name = function;
	known->callback.function = function;
	known->callback.line = line;
}

/* The same: it is what CALL calls. */
static void set_called(struct known_function *known, const struct sole_call *call)
{
	set_callback(known, call->number,
		     allocate_printed("%.*s%s%.*s", (int)call->class.length,
				      call->class.length ? call->class.start : "",
				      call->class.length ? "::" : "", (int)call->name.length,
				      call->name.start));
}

/* Takes what KNOWN's callback does nothing but call for it. */
static void follow_sole_call(const struct source *source, struct known_function *known)
{
	struct function_body body;
	struct sole_call call;
	char *before = known->name;

	if (!function_body_of(source, &known->callback, &body))
		return;
	call = sole_call_behind(function_body_cursor(source, &body));
	if (!call.number || call.number == known->callback.line)
		return;
	set_called(known, &call);
	free(before);
}

/* Calls that are searched for a callback: those of one function, or those beside a companion. */
struct search {
	const struct function_body *body; /* NULL: all of the file */
	struct name companion;            /* LENGTH 0: any */
	struct name found;
	unsigned int line;
};

static bool search_next(const struct search *search, struct source_cursor *cursor,
			struct source_token *token)
{
	return search->body ? function_body_next(search->body, cursor, token)
			    : source_next(cursor, token);
}

/* Finds the callback that the calls give. False: there is none, or there are several. */
static bool search_callback(const struct source *source, struct search *search)
{
	struct source_cursor cursor = search->body ? function_body_cursor(source, search->body)
						   : source_cursor_of_file(source);
	const struct starter *starter;
	struct source_token token;

	while (search_next(search, &cursor, &token)) {
		struct name callback;

		starter = starter_of(token.name);
		if (!starter || (search->companion.length &&
				 !is_companion(&cursor, starter, search->companion)))
			continue;
		callback = callback_in(&cursor, starter);
		if (!callback.length ||
		    (search->found.length && !names_are_same(search->found, callback)))
			return false;
		if (!search->found.length)
			search->line = token.number;
		search->found = callback;
	}
	return search->found.length > 0;
}

/* Fills in KNOWN's callback, if BODY gives one, and no other one; or if it is given beside BODY's
 * function. */
static void find_callback(const struct source *source, const struct function_body *body,
			  struct known_function *known)
{
	struct search in_body = { .body = body };
	struct search beside = { .companion = function_plain_name(known->key.frame->function) };
	const struct search *search = &in_body;
	unsigned int definition;

	if (!search_callback(source, &in_body)) {
		if (in_body.line || !search_callback(source, &beside))
			return;
		search = &beside;
	}
	definition = definition_of(source, search->found, 0);
	if (!definition)
		return;
	known->call.line = search->line;
	set_callback(known, definition,
		     allocate_printed("%.*s", (int)search->found.length, search->found.start));
	follow_sole_call(source, known);
}

/* The same, of what Qt calls when data arrives. */
static void find_slot(const struct source *source, const struct function_body *body,
		      struct known_function *known)
{
	const char *function = known->key.frame->function;
	struct qt_slot slot;
	struct sole_call call;

	if (!qt_data_slot(source, body, &slot))
		return;
	known->call.line = slot.call;
	if (slot.number) {
		call = sole_call_of_lambda(slot.lambda);
		if (call.number)
			set_called(known, &call);
		else
			set_callback(known, slot.number,
				     allocate_printed("%s%s::{lambda at %s:%u}", function,
						      strchr(function, '(') ? "" : "()",
						      path_base(source->file), slot.number));
		return;
	}
	call = (struct sole_call){ .name = slot.name };
	call.number = method_or_function_of(source, slot.name, &call.class);
	if (!call.number)
		return;
	set_called(known, &call);
	follow_sole_call(source, known);
}

/* Searches the function of KNOWN's frame. */
static void find(const struct source *source, struct known_function *known)
{
	const struct frame *frame = known->key.frame;
	struct function_body body;

	if (!function_body_of(source, frame, &body))
		return;
	if (known->key.event == CALLBACK_OF_DATA)
		find_slot(source, &body, known);
	else if (!is_callback(source, function_plain_name(frame->function)))
		find_callback(source, &body, known);
}

static struct known_function *function_of(struct reading_callbacks *callbacks,
					  const struct frame *frame, enum callback_event event)
{
	struct known_function_key key;
	struct known_function *known;
	struct source source;

	memset(&key, 0, sizeof(key));
	key.frame = frame;
	key.event = event;
	HASH_FIND(hh, callbacks->functions, &key, sizeof(key), known);
	if (known)
		return known;
	known = allocate_zeroed(1, sizeof(*known));
	memcpy(&known->key, &key, sizeof(key));
	HASH_ADD(hh, callbacks->functions, key, sizeof(known->key), known);
	if (frame->script || !frame->function || !frame->file || !frame->line)
		return known;
	known->callback = known->call = *frame;
	known->callback.line = 0;
	known->callback.inlined = known->call.inlined = false;
	source = source_of(callbacks->symbolizer, frame);
	find(&source, known);
	return known;
}

const struct frame *reading_callback(struct reading_callbacks *callbacks, const struct frame *frame,
				     enum callback_event event, const struct frame **call)
{
	struct known_function *known = function_of(callbacks, frame, event);

	*call = &known->call;
	return known->callback.line ? &known->callback : NULL;
}
