/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/registered_handler.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/call_sites/source_words.h"

/* A call goes on for so many lines, and a longer file is not searched further. */
#define CALL_LINES_MAX 12
#define FILE_LINES_MAX 100000u

struct known_call {
	const struct frame *call;
	struct frame handler; /* LINE 0: none is found */
	char *function;
	UT_hash_handle hh;
};

struct registered_handlers {
	struct symbolizer *symbolizer;
	struct known_call *calls;
};

struct registered_handlers *registered_handlers_new(struct symbolizer *symbolizer)
{
	struct registered_handlers *handlers = allocate_zeroed(1, sizeof(*handlers));

	handlers->symbolizer = symbolizer;
	return handlers;
}

void registered_handlers_free(struct registered_handlers *handlers)
{
	struct known_call *known, *next;

	if (!handlers)
		return;
	HASH_ITER(hh, handlers->calls, known, next) {
		HASH_DEL(handlers->calls, known);
		free(known->function);
		free(known);
	}
	free(handlers);
}

static struct name python_class(const char *line)
{
	const char *behind = source_behind_word(line + source_indent(line), "class");

	return behind ? source_name(behind) : (struct name){ .length = 0 };
}

/* Functions of C and C++ begin where a line does, and are no declarations. */
static bool defines_in_c(const char *line, struct name name)
{
	const char *at, *end = line + strlen(line);

	if (!source_is_name(*line))
		return false;
	while (end > line && isspace((unsigned char)end[-1]))
		end--;
	if (end > line && (end[-1] == ';' || end[-1] == ','))
		return false;
	for (at = line; *at && *at != '=' && *at != '('; at++) {
		struct name word = source_name(at);

		if (!word.length)
			continue;
		if (names_are_same(word, name))
			return at[word.length + source_indent(at + word.length)] == '(';
		at += word.length - 1;
	}
	return false;
}

static bool is_definition(const struct source *source, const char *line, struct name name)
{
	if (!source->python)
		return defines_in_c(line, name);
	return names_are_same(python_function(line), name) ||
	       names_are_same(python_class(line), name);
}

/* The line that begins the class around line NUMBER of a script; 0: there is none. */
static unsigned int class_around(const struct source *source, unsigned int number)
{
	const char *line = source_text(source, number);
	size_t indent = line ? source_indent(line) : 0;

	while (indent > 0 && --number > 0) {
		line = source_text(source, number);
		if (!line || !line[source_indent(line)] || source_indent(line) >= indent)
			continue;
		indent = source_indent(line);
		if (python_class(line).length)
			return number;
	}
	return 0;
}

/*
 * The line that defines NAME, which line CALLED uses: the only one, or that of the same class. 0:
 * none does, or it is not clear which.
 */
static unsigned int definition_of(const struct source *source, struct name name,
				  unsigned int called)
{
	unsigned int number, in_class = 0, any = 0, count = 0, class_count = 0;
	unsigned int class = source->python ? class_around(source, called) : 0;
	const char *line;

	for (number = 1; number < FILE_LINES_MAX && (line = source_text(source, number));
	     number++) {
		if (!is_definition(source, line, name))
			continue;
		any = number;
		count++;
		if (class && class_around(source, number) == class) {
			in_class = number;
			class_count++;
		}
	}
	if (class_count == 1)
		return in_class;
	return count == 1 ? any : 0;
}

/* What an asyncio protocol has that is called at the end, or else with bytes. */
static unsigned int method_of_protocol(const struct source *source, unsigned int class)
{
	static const char *const methods[] = { "eof_received", "data_received", "buffer_updated" };
	unsigned int number;
	const char *line;
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		for (number = class + 1; (line = source_text(source, number)); number++) {
			if (line[source_indent(line)] &&
			    source_indent(line) <= source_indent(source_text(source, class)))
				break;
			if (names_are_same(python_function(line), source_name(methods[i])))
				return number;
		}
	return 0;
}

/* Fills in KNOWN's handler: what the line NUMBER defines. */
static void set_handler(const struct source *source, struct known_call *known, struct name name,
			unsigned int number)
{
	struct name class = { .length = 0 };
	unsigned int method, around;

	if (source->python && python_class(source_text(source, number)).length) {
		method = method_of_protocol(source, number);
		number = method ? method : number;
		if (method)
			name = python_function(source_text(source, number));
	}
	around = source->python ? class_around(source, number) : 0;
	if (around)
		class = python_class(source_text(source, around));
	known->function =
		allocate_printed("%.*s%s%.*s", (int)class.length, class.length ? class.start : "",
				 class.length ? "." : "", (int)name.length, name.start);
	known->handler = *known->call;
	known->handler.function = known->function;
	known->handler.line = number;
	known->handler.inlined = false;
}

/* Is the name that ends at AT what a call is given: no keyword, object of it, or call itself? */
static bool is_given(const struct source *source, const char *at, bool in_lambda)
{
	at += source_indent(at);
	if (*at == '.' || (*at == '=' && at[1] != '='))
		return false;
	return *at != '(' || (source->python && in_lambda);
}

/* Behind the parentheses that AT begins with, if it does. */
static const char *behind_parentheses(const char *at)
{
	unsigned int depth = 0;

	do {
		if (*at == '"' || *at == '\'')
			at = source_string_end(at);
		depth += *at == '(';
		depth -= *at == ')' && depth;
	} while (depth && *++at);
	return *at == ')' ? at + 1 : at;
}

/* Is the name that ends at AT, which a script's line DEFINITION defines, a class to be made? */
static bool makes_object(const struct source *source, const char *at, unsigned int definition)
{
	return source->python && python_class(source_text(source, definition)).length &&
	       *behind_parentheses(at) != '.';
}

/* Looks for a handler in what the call at known->call is given. */
static void find_handler(const struct source *source, struct known_call *known)
{
	unsigned int number, depth = 0;
	bool in_lambda = false;

	for (number = known->call->line; number < known->call->line + CALL_LINES_MAX; number++) {
		const char *at = source_text(source, number);

		for (; at && *at && !(source->python && *at == '#'); at++) {
			struct name name = source_name(at);
			unsigned int definition;

			if (*at == '"' || *at == '\'')
				at = source_string_end(at);
			else if (*at == '(')
				depth++;
			else if (*at == ')' && depth && --depth == 0)
				return;
			if (!name.length)
				continue;
			at += name.length - 1;
			in_lambda |= names_are_same(name, source_name("lambda"));
			definition = depth ? definition_of(source, name, known->call->line) : 0;
			if (!definition || (!is_given(source, at + 1, in_lambda) &&
					    !makes_object(source, at + 1, definition)))
				continue;
			set_handler(source, known, name, definition);
			return;
		}
	}
}

const struct frame *registered_handler(struct registered_handlers *handlers,
				       const struct frame *call)
{
	struct known_call *known;

	HASH_FIND_PTR(handlers->calls, &call, known);
	if (!known) {
		struct source source;

		known = allocate_zeroed(1, sizeof(*known));
		known->call = call;
		if (call->file && call->line) {
			source = source_of(handlers->symbolizer, call);
			find_handler(&source, known);
		}
		HASH_ADD_PTR(handlers->calls, call, known);
	}
	return known->handler.line ? &known->handler : NULL;
}
