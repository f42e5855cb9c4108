/* SPDX-License-Identifier: MIT */
#include "analyzer/report/reading_handler.h"

#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"
#include "analyzer/source/node_events.h"

/* A block that goes on for longer is not read to its end. */
#define BLOCK_LINES_MAX 64

static const char blanks[] = " \t";

/* What brings a socket's data. */
static const char *const data_events[] = { "readable", "data", NULL };

/*
 * The function that the arrow function whose body begins at AT does nothing but call, with what it
 * got: `onData(socket, chunk)`. LENGTH 0: it does more.
 */
static const char *sole_call(const char *at, size_t *length)
{
	static const char this[] = "this.", ends[] = " \t;}";
	struct name name;
	size_t arguments;

	at += strspn(at, " \t{");
	if (strncmp(at, this, strlen(this)) == 0)
		at += strlen(this);
	name = source_name(at);
	*length = 0;
	if (!name.length || at[name.length] != '(')
		return at;
	arguments = strcspn(at + name.length + 1, "()");
	if (arguments && at[name.length + 1 + arguments] == ')') {
		const char *behind = at + name.length + arguments + 2;

		behind += strspn(behind, ends);
		*length = *behind == ')' ? name.length : 0;
	}
	return at;
}

/*
 * Behind the => of the arrow function that begins at AT, which has parameters in the place of a
 * name, and no parentheses behind one; NULL: it is none.
 */
static const char *arrow_body(const char *at)
{
	at += *at == '(' ? strcspn(at, ")") : strcspn(at, " \t(),;=");
	at += *at == ')';
	at += strspn(at, blanks);
	return strncmp(at, "=>", 2) == 0 ? at + 2 : NULL;
}

/* The name of the function that begins at AT, behind the event's; LENGTH 0: it has none. */
static const char *function_name(const char *at, size_t *length)
{
	static const char function[] = "function";
	const char *body;

	at += strspn(at, ", \t");
	if (strncmp(at, "async ", 6) == 0)
		at += 6 + strspn(at + 6, blanks);
	if (strncmp(at, function, strlen(function)) == 0)
		at += strlen(function) + strspn(at + strlen(function), "* \t");
	body = arrow_body(at);
	if (body)
		return sole_call(body, length);
	*length = strcspn(at, " \t(),;=");
	return at;
}

char *reading_handler(const struct frame *opened, struct symbolizer *symbolizer)
{
	const char *line = opened->file && opened->line
				   ? symbolizer_source_line(symbolizer, opened->file, opened->line)
				   : NULL;
	const struct name any = { .length = 0 };
	size_t indent = line ? strspn(line, blanks) : 0, length;
	unsigned int number = opened->line, last = number + BLOCK_LINES_MAX;

	for (; line && number < last;
	     line = symbolizer_source_line(symbolizer, opened->file, ++number)) {
		const char *name;

		if (line[strspn(line, blanks)] && strspn(line, blanks) < indent)
			break;
		/* Further in it may be another path's. */
		name = strspn(line, blanks) == indent ? node_registration(line, any, data_events)
						      : NULL;
		if (!name)
			continue;
		name = function_name(name, &length);
		return length ? allocate_printed("%.*s() (%s:%u)", (int)length, name,
						 path_base(opened->file), number)
			      : allocate_printed("the handler at %s:%u", path_base(opened->file),
						 number);
	}
	return NULL;
}

/* What LINE gives the first value to that it has: "socket" of `const socket = net.connect(80)`. */
static struct name assigned_in(const char *line)
{
	struct name name = { .length = 0 }, word;

	for (; *line && *line != '='; line += word.length ? word.length : 1) {
		word = source_name(line);
		if (word.length)
			name = word;
	}
	return line[0] == '=' && line[1] != '=' && line[1] != '>' ? name
								  : (struct name){ .length = 0 };
}

/* Does LINE call pause() of OBJECT? */
static bool pauses(const char *line, struct name object)
{
	static const char call[] = ".pause(";
	struct name word;

	for (; *line; line += word.length ? word.length : 1) {
		word = source_name(line);
		if (word.length && names_are_same(word, object) &&
		    strncmp(line + word.length, call, strlen(call)) == 0)
			return true;
	}
	return false;
}

unsigned int reading_pause(const struct frame *opened, struct symbolizer *symbolizer)
{
	const char *line = opened->file && opened->line
				   ? symbolizer_source_line(symbolizer, opened->file, opened->line)
				   : NULL;
	size_t indent = line ? strspn(line, blanks) : 0;
	struct name object = line ? assigned_in(line) : (struct name){ .length = 0 };
	unsigned int number = opened->line, last = number + BLOCK_LINES_MAX, found = 0;

	for (; object.length && line && number < last;
	     line = symbolizer_source_line(symbolizer, opened->file, ++number)) {
		if (line[strspn(line, blanks)] && strspn(line, blanks) < indent)
			break;
		if (!pauses(line, object))
			continue;
		/* Which of two it is can't be known. */
		if (found)
			return 0;
		found = number;
	}
	return found;
}
