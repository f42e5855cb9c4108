/* SPDX-License-Identifier: MIT */
#include "analyzer/source/call_subjects.h"

#include <ctype.h>
#include <string.h>

#include "analyzer/source/source_cursor.h"

static bool is_constant(struct name name)
{
	size_t i;

	for (i = 0; i < name.length; i++)
		if (islower((unsigned char)name.start[i]))
			return false;
	return true;
}

/* Is the name in front of AT a variable that the call behind it, or around it, is about? */
static bool is_subject(const char *at, bool in_call)
{
	const char *behind = at + source_indent(at);

	/* A type's name stands in front of another one. */
	if (*behind == '(' || *behind == '*' || source_is_name(*behind) ||
	    strncmp(behind, "::", 2) == 0)
		return false;
	if (in_call || *behind == '.' || strncmp(behind, "->", 2) == 0)
		return true;
	return behind[0] == '=' && behind[1] != '=';
}

void add_call_subjects(struct call_subjects *subjects, const char *line)
{
	bool in_call = false;
	const char *at;

	for (at = line; *at && subjects->count < CALL_SUBJECTS_MAX; at++) {
		struct name name = source_name(at);

		if (strncmp(at, "//", 2) == 0 || strncmp(at, "/*", 2) == 0)
			return;
		if (*at == '"' || *at == '\'')
			at = source_string_end(at);
		in_call |= *at == '(';
		if (!name.length)
			continue;
		at += name.length - 1;
		if (!is_constant(name) && is_subject(at + 1, in_call))
			subjects->names[subjects->count++] = name;
	}
}

bool has_call_subject(const char *line, const struct call_subjects *subjects)
{
	struct name name;
	size_t i;

	for (; *line; line += name.length ? name.length : 1) {
		name = source_name(line);
		for (i = 0; name.length && i < subjects->count; i++)
			if (names_are_same(name, subjects->names[i]))
				return true;
	}
	return false;
}
