/* SPDX-License-Identifier: MIT */
#include "analyzer/gate/json_line.h"

#include <stdbool.h>
#include <string.h>

#include "analyzer/base/whole_file.h"

#define BLANKS " \t\r\n"

/* Behind the string that begins at AT. */
static const char *behind_string(const char *at)
{
	for (at++; *at && *at != '"'; at++)
		if (*at == '\\' && at[1])
			at++;
	return *at ? at + 1 : at;
}

/* At the comma or bracket that ends the value at AT. */
static const char *behind_value(const char *at)
{
	size_t depth = 0;

	while (*at) {
		if (*at == '"') {
			at = behind_string(at);
			continue;
		}
		if (depth == 0 && strchr(",]}", *at))
			break;
		if (*at == '[' || *at == '{')
			depth++;
		else if (*at == ']' || *at == '}')
			depth--;
		at++;
	}
	return at;
}

/* The value of member KEY of the object at AT; NULL: it has none. The last one counts. */
static const char *member_at(const char *at, const char *key)
{
	size_t length = strlen(key);
	const char *found = NULL;

	do {
		const char *name, *end;

		at++;
		at += strspn(at, BLANKS);
		if (*at != '"')
			break;
		name = at + 1;
		end = behind_string(at);
		at = end + strspn(end, BLANKS ":");
		if ((size_t)(end - name) == length + 1 && strncmp(name, key, length) == 0)
			found = at;
		at = behind_value(at);
	} while (*at == ',');
	return found;
}

unsigned int json_line_of_element(const char *text, const char *key, size_t index)
{
	const char *at = text + strspn(text, BLANKS);

	at = *at == '{' ? member_at(at, key) : NULL;
	if (!at || *at != '[')
		return 1;
	for (;;) {
		at++;
		at += strspn(at, BLANKS);
		if (index-- == 0)
			return whole_file_line(text, (size_t)(at - text));
		at = behind_value(at);
		if (*at != ',')
			return 1;
	}
}
