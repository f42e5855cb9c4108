/* SPDX-License-Identifier: MIT */
#include "analyzer/report/source_call.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/report/frame_words.h"

static bool is_name(char character)
{
	return isalnum((unsigned char)character) || character == '_';
}

static const char *find(const char *const *names, size_t count, const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strlen(names[i]) == length && strncmp(names[i], name, length) == 0)
			return names[i];
	return NULL;
}

const char *source_call(const struct frame *frame, const char *const *names, size_t count,
			bool methods, struct symbolizer *symbolizer)
{
	const char *line = NULL, *at, *found = NULL;

	if (frame && frame->file && frame->line)
		line = symbolizer_source_line(symbolizer, frame->file, frame->line);
	for (at = line; at && *at && !found;) {
		const char *name = at;

		while (is_name(*at))
			at++;
		if (at == name)
			at++;
		else if (*at == '(' && (methods || name == line || !strchr(".>:", name[-1])))
			found = find(names, count, name, (size_t)(at - name));
	}
	return found;
}

/* A longer line is found by its number, and one that begins with a brace is not all of a call. */
#define QUOTED_MAX 48

static bool is_quotable(const char *line, size_t length)
{
	return length && length <= QUOTED_MAX && line[0] != '}' && memchr(line, '(', length);
}

char *source_quoted_call(const struct frame *frame, struct symbolizer *symbolizer)
{
	const char *line = frame->file && frame->line
				   ? symbolizer_source_line(symbolizer, frame->file, frame->line)
				   : NULL;
	char *place = frame_place(frame), *text;
	size_t length;

	line = line ? line + strspn(line, " \t") : "";
	length = strcspn(line, "\r\n");
	text = is_quotable(line, length)
		       ? allocate_printed("`%.*s` at %s", (int)length, line, place)
		       : allocate_printed("the call at %s", place);
	free(place);
	return text;
}
