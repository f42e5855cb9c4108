/* SPDX-License-Identifier: MIT */
#include "analyzer/report/source_call.h"

#include <ctype.h>
#include <string.h>

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
