/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/code_name.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"

/* NAME without PREFIX; NULL: it does not begin so. */
static const char *after(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(name, prefix, length) == 0 ? name + length : NULL;
}

/* Takes ":NUMBER" off the end of TEXT of *LENGTH. False: there is none. */
static bool take_number(const char *text, size_t *length, unsigned int *number)
{
	size_t digits = *length;

	while (digits > 0 && isdigit((unsigned char)text[digits - 1]))
		digits--;
	if (digits == *length || *length - digits > 9 || digits < 1 || text[digits - 1] != ':')
		return false;
	*number = (unsigned int)strtoul(text + digits, NULL, 10);
	*length = digits - 1;
	return true;
}

/*
 * Where the file begins in "FUNCTION FILE", LENGTH bytes: both may have blanks, and FUNCTION may be
 * empty.
 */
static size_t file_in(const char *text, size_t length)
{
	static const char *const beginnings[] = {
		" /", " node:", " file:", " http:", " https:", " webpack",
	};
	size_t at, i;

	for (at = 0; at < length; at++)
		for (i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
			if (after(text + at, beginnings[i]))
				return at + 1;
	for (at = length; at > 0 && text[at - 1] != ' '; at--)
		;
	return at;
}

static int hex_digit(char digit)
{
	if (isdigit((unsigned char)digit))
		return digit - '0';
	return isxdigit((unsigned char)digit) ? (digit | 0x20) - 'a' + 10 : -1;
}

/* The path of a file: URL, in place; escapes that are none, or a NUL, stay. */
static void decode_url(char *url)
{
	const char *from = after(url, "file://");
	char *to = url;

	for (; *from; from++) {
		int high = from[0] == '%' ? hex_digit(from[1]) : -1;
		int low = high >= 0 ? hex_digit(from[2]) : -1;

		if (low >= 0 && high + low > 0) {
			*to++ = (char)(high << 4 | low);
			from += 2;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

/* V8: "JS:~onEnd /srv/app.js:5:36"; the mark is how it was compiled: ~ not at all. */
static bool read_v8(const char *name, struct script_place *place, char **function, char **file)
{
	static const char *const kinds[] = {
		"JS:", "Eval:", "Script:", "LazyCompile:", "Function:",
	};
	const char *text = NULL;
	unsigned int line, column;
	size_t length, at, i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && !text; i++)
		text = after(name, kinds[i]);
	if (!text)
		return false;
	text += text[0] && strchr("~^+*'", text[0]) != NULL;
	length = strlen(text);
	if (!take_number(text, &length, &column) || !take_number(text, &length, &line))
		return false;
	at = file_in(text, length);
	*file = allocate_printed("%.*s", (int)(length - at), text + at);
	if (after(*file, "file:///"))
		decode_url(*file);
	if (at > 1)
		*function = allocate_printed("%.*s", (int)(at - 1), text);
	else
		*function = allocate_text("<anonymous>");
	place->line = line;
	place->language = "javascript";
	return true;
}

/* CPython 3.12 with -X perf: "py::serve:/srv/app.py" */
static bool read_python(const char *name, struct script_place *place, char **function, char **file)
{
	const char *text = after(name, "py::"), *colon = text ? strchr(text, ':') : NULL;

	if (!colon)
		return false;
	*function = allocate_printed("%.*s", (int)(colon - text), text);
	*file = allocate_text(colon + 1);
	place->language = "python";
	return true;
}

/* LuaJIT: "TRACE_12::app.lua:34" */
static bool read_luajit(const char *name, struct script_place *place, char **function, char **file)
{
	const char *text = after(name, "TRACE_"), *colons = text ? strstr(text, "::") : NULL;
	size_t length;

	if (!colons)
		return false;
	length = strlen(colons + 2);
	if (!take_number(colons + 2, &length, &place->line))
		return false;
	*function = allocate_printed("%.*s", (int)(colons - name), name);
	*file = allocate_printed("%.*s", (int)length, colons + 2);
	place->language = "lua";
	return true;
}

/* BEAM with +JPperf: "$gen_tcp:recv/2" */
static bool read_beam(const char *name, struct script_place *place, char **function, char **file)
{
	if (name[0] != '$' || !strchr(name, ':') || !strchr(name, '/'))
		return false;
	*function = allocate_text(name + 1);
	*file = allocate_text("");
	place->language = "erlang";
	return true;
}

void code_name_read(const char *name, struct script_place *place, char **function, char **file)
{
	*place = (struct script_place){ .language = "compiled" };
	if (!read_v8(name, place, function, file) && !read_python(name, place, function, file) &&
	    !read_luajit(name, place, function, file) && !read_beam(name, place, function, file)) {
		*function = allocate_text(name);
		*file = allocate_text("");
	}
	place->function = *function;
	place->file = *file;
}
