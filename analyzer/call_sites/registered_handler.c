/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/registered_handler.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"

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

struct source {
	struct symbolizer *symbolizer;
	const char *file;
	bool python; /* else a language whose functions C's rule finds */
};

struct name {
	const char *start;
	size_t length;
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

static const char *line_at(const struct source *source, unsigned int number)
{
	return symbolizer_source_line(source->symbolizer, source->file, number);
}

static bool is_name(char character)
{
	return isalnum((unsigned char)character) || character == '_';
}

static size_t indent_of(const char *line)
{
	return strspn(line, " \t");
}

/* Behind WORD and the blanks after it; NULL: AT does not begin with WORD. */
static const char *behind_word(const char *at, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(at, word, length) != 0 || is_name(at[length]))
		return NULL;
	return at + length + indent_of(at + length);
}

static struct name name_at(const char *at)
{
	struct name name = { .start = at };

	while (is_name(at[name.length]))
		name.length++;
	return name;
}

static bool is_same(struct name a, struct name b)
{
	return a.length == b.length && strncmp(a.start, b.start, a.length) == 0;
}

/* The function that a line of Python begins to define; LENGTH 0: none. */
static struct name python_function(const char *line)
{
	const char *at = line + indent_of(line), *behind = behind_word(at, "async");

	behind = behind_word(behind ? behind : at, "def");
	return behind ? name_at(behind) : (struct name){ .length = 0 };
}

static struct name python_class(const char *line)
{
	const char *behind = behind_word(line + indent_of(line), "class");

	return behind ? name_at(behind) : (struct name){ .length = 0 };
}

/* Functions of C and C++ begin where a line does, and are no declarations. */
static bool defines_in_c(const char *line, struct name name)
{
	const char *at, *end = line + strlen(line);

	if (!is_name(*line))
		return false;
	while (end > line && isspace((unsigned char)end[-1]))
		end--;
	if (end > line && (end[-1] == ';' || end[-1] == ','))
		return false;
	for (at = line; *at && *at != '=' && *at != '('; at++) {
		struct name word = name_at(at);

		if (!word.length)
			continue;
		if (is_same(word, name))
			return at[word.length + indent_of(at + word.length)] == '(';
		at += word.length - 1;
	}
	return false;
}

static bool is_definition(const struct source *source, const char *line, struct name name)
{
	if (!source->python)
		return defines_in_c(line, name);
	return is_same(python_function(line), name) || is_same(python_class(line), name);
}

/* The line that begins the class around line NUMBER of a script; 0: there is none. */
static unsigned int class_around(const struct source *source, unsigned int number)
{
	const char *line = line_at(source, number);
	size_t indent = line ? indent_of(line) : 0;

	while (indent > 0 && --number > 0) {
		line = line_at(source, number);
		if (!line || !line[indent_of(line)] || indent_of(line) >= indent)
			continue;
		indent = indent_of(line);
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

	for (number = 1; number < FILE_LINES_MAX && (line = line_at(source, number)); number++) {
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
		for (number = class + 1; (line = line_at(source, number)); number++) {
			if (line[indent_of(line)] &&
			    indent_of(line) <= indent_of(line_at(source, class)))
				break;
			if (is_same(python_function(line), name_at(methods[i])))
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

	if (source->python && python_class(line_at(source, number)).length) {
		method = method_of_protocol(source, number);
		number = method ? method : number;
		if (method)
			name = python_function(line_at(source, number));
	}
	around = source->python ? class_around(source, number) : 0;
	if (around)
		class = python_class(line_at(source, around));
	known->function =
		allocate_printed("%.*s%s%.*s", (int)class.length, class.length ? class.start : "",
				 class.length ? "." : "", (int)name.length, name.start);
	known->handler = *known->call;
	known->handler.function = known->function;
	known->handler.line = number;
	known->handler.inlined = false;
}

/* Where the string that begins at AT ends: at its last character. */
static const char *end_of_string(const char *at)
{
	char quote = *at;

	for (; at[1] && at[1] != quote; at++)
		if (at[1] == '\\' && at[2])
			at++;
	return at[1] ? at + 1 : at;
}

/* Is the name that ends at AT what a call is given: no keyword, object of it, or call itself? */
static bool is_given(const struct source *source, const char *at, bool in_lambda)
{
	at += indent_of(at);
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
			at = end_of_string(at);
		depth += *at == '(';
		depth -= *at == ')' && depth;
	} while (depth && *++at);
	return *at == ')' ? at + 1 : at;
}

/* Is the name that ends at AT, which a script's line DEFINITION defines, a class to be made? */
static bool makes_object(const struct source *source, const char *at, unsigned int definition)
{
	return source->python && python_class(line_at(source, definition)).length &&
	       *behind_parentheses(at) != '.';
}

/* Looks for a handler in what the call at known->call is given. */
static void find_handler(const struct source *source, struct known_call *known)
{
	unsigned int number, depth = 0;
	bool in_lambda = false;

	for (number = known->call->line; number < known->call->line + CALL_LINES_MAX; number++) {
		const char *at = line_at(source, number);

		for (; at && *at && !(source->python && *at == '#'); at++) {
			struct name name = name_at(at);
			unsigned int definition;

			if (*at == '"' || *at == '\'')
				at = end_of_string(at);
			else if (*at == '(')
				depth++;
			else if (*at == ')' && depth && --depth == 0)
				return;
			if (!name.length)
				continue;
			at += name.length - 1;
			in_lambda |= is_same(name, name_at("lambda"));
			definition = depth ? definition_of(source, name, known->call->line) : 0;
			if (!definition || (!is_given(source, at + 1, in_lambda) &&
					    !makes_object(source, at + 1, definition)))
				continue;
			set_handler(source, known, name, definition);
			return;
		}
	}
}

static bool is_python(const struct frame *call)
{
	const char *end = call->file ? strrchr(call->file, '.') : NULL;

	return call->script && end && strcmp(end, ".py") == 0;
}

const struct frame *registered_handler(struct registered_handlers *handlers,
				       const struct frame *call)
{
	struct known_call *known;

	HASH_FIND_PTR(handlers->calls, &call, known);
	if (!known) {
		const struct source source = { handlers->symbolizer, call->file, is_python(call) };

		known = allocate_zeroed(1, sizeof(*known));
		known->call = call;
		if (call->file && call->line)
			find_handler(&source, known);
		HASH_ADD_PTR(handlers->calls, call, known);
	}
	return known->handler.line ? &known->handler : NULL;
}
