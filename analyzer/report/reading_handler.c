/* SPDX-License-Identifier: MIT */
#include "analyzer/report/reading_handler.h"

#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"

/* A block that goes on for longer is not read to its end. */
#define BLOCK_LINES_MAX 64

static const char blanks[] = " \t";

/* Behind `.on('data',` or a similar call in LINE; NULL: it registers no such handler. */
static const char *behind_registration(const char *line)
{
	static const char *const calls[] = { ".on(", ".once(", ".addListener(" };
	static const char *const events[] = { "readable", "data" };
	size_t i, j;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const char *at = strstr(line, calls[i]);

		if (!at)
			continue;
		at += strlen(calls[i]);
		at += strspn(at, blanks);
		for (j = 0; j < sizeof(events) / sizeof(events[0]); j++) {
			size_t length = strlen(events[j]);

			if (*at && strchr("'\"`", *at) && !strncmp(at + 1, events[j], length) &&
			    at[1 + length] == *at)
				return at + length + 2;
		}
	}
	return NULL;
}

/* The name of the function that begins at AT, behind the event's; LENGTH 0: it has none. */
static const char *function_name(const char *at, size_t *length)
{
	static const char function[] = "function";

	at += strspn(at, ", \t");
	if (strncmp(at, "async ", 6) == 0)
		at += 6 + strspn(at + 6, blanks);
	if (strncmp(at, function, strlen(function)) == 0)
		at += strlen(function) + strspn(at + strlen(function), "* \t");
	*length = strcspn(at, " \t(),;=");
	/* An arrow function has parameters in the place of a name, and no parentheses behind one.
	 */
	if (strstr(at + *length, "=>"))
		*length = 0;
	return at;
}

char *reading_handler(const struct frame *opened, struct symbolizer *symbolizer)
{
	const char *line = opened->file && opened->line
				   ? symbolizer_source_line(symbolizer, opened->file, opened->line)
				   : NULL;
	size_t indent = line ? strspn(line, blanks) : 0, length;
	unsigned int number = opened->line, last = number + BLOCK_LINES_MAX;

	for (; line && number < last;
	     line = symbolizer_source_line(symbolizer, opened->file, ++number)) {
		const char *name;

		if (line[strspn(line, blanks)] && strspn(line, blanks) < indent)
			break;
		/* Further in it may be another path's. */
		name = strspn(line, blanks) == indent ? behind_registration(line) : NULL;
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
