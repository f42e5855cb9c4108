/* SPDX-License-Identifier: MIT */
#include "analyzer/source/source_words.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool has_extension(const struct frame *frame, const char *extension)
{
	const char *end = strrchr(frame->file, '.');

	return end && strcmp(end, extension) == 0;
}

static bool is_javascript(const struct frame *frame)
{
	static const char *const extensions[] = { ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts" };
	size_t i;

	for (i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
		if (has_extension(frame, extensions[i]))
			return true;
	return false;
}

struct source source_of(struct symbolizer *symbolizer, const struct frame *frame)
{
	return (struct source){
		.symbolizer = symbolizer,
		.file = frame->file,
		.python = frame->script && has_extension(frame, ".py"),
		.javascript = is_javascript(frame),
		.rust = has_extension(frame, ".rs"),
	};
}

const char *source_text(const struct source *source, unsigned int number)
{
	return symbolizer_source_line(source->symbolizer, source->file, number);
}

size_t source_indent(const char *line)
{
	return strspn(line, " \t");
}

bool source_is_name(char character)
{
	return isalnum((unsigned char)character) || character == '_';
}

struct name source_name(const char *at)
{
	struct name name = { .start = at };

	while (source_is_name(at[name.length]))
		name.length++;
	return name;
}

bool names_are_same(struct name a, struct name b)
{
	return a.length == b.length && (!a.length || strncmp(a.start, b.start, a.length) == 0);
}

bool name_is(struct name name, const char *text)
{
	return strlen(text) == name.length && strncmp(text, name.start, name.length) == 0;
}

bool name_is_one_of(struct name name, const char *const *words)
{
	for (; *words; words++)
		if (name_is(name, *words))
			return true;
	return false;
}

bool name_has_part(struct name name, const char *word)
{
	size_t length = strlen(word), i;

	for (i = 0; i + length <= name.length; i++)
		if (strncasecmp(name.start + i, word, length) == 0 &&
		    (i == 0 || name.start[i - 1] == '_' || isupper((unsigned char)name.start[i])))
			return true;
	return false;
}

bool source_has_word(const char *line, struct name word)
{
	struct name name;

	for (; *line; line += name.length ? name.length : 1) {
		name = source_name(line);
		if (name.length && names_are_same(name, word))
			return true;
	}
	return false;
}

const char *source_behind_word(const char *at, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(at, word, length) != 0 || source_is_name(at[length]))
		return NULL;
	return at + length + source_indent(at + length);
}

const char *source_string_end(const char *at)
{
	char quote = *at;

	for (; at[1] && at[1] != quote; at++)
		if (at[1] == '\\' && at[2])
			at++;
	return at[1] ? at + 1 : at;
}

struct name python_function(const char *line)
{
	const char *at = line + source_indent(line), *behind = source_behind_word(at, "async");

	behind = source_behind_word(behind ? behind : at, "def");
	return behind ? source_name(behind) : (struct name){ .length = 0 };
}
