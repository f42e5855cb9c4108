/* SPDX-License-Identifier: MIT */
#include "analyzer/source/source_definitions.h"

#include <ctype.h>
#include <string.h>

/* A longer file is not searched further. */
#define FILE_LINES_MAX 100000u

struct name python_class(const char *line)
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

/* Is AT, behind a "=" or ":", a function? */
static bool is_function_value(const char *at)
{
	return source_behind_word(at, "function") || source_behind_word(at, "async") ||
	       strstr(at, "=>");
}

/* A function, a method of a class or an object, or what one is kept in. */
static bool defines_in_javascript(const char *line, struct name name)
{
	static const char *const before[] = { "export", "default", "async", "function", "static",
					      "const",  "let",     "var",   "this" };
	const char *at = line + source_indent(line), *end = line + strlen(line);
	struct name word;
	size_t i;

	for (word = source_name(at); !names_are_same(word, name); word = source_name(at)) {
		for (i = 0; i < sizeof(before) / sizeof(before[0]); i++)
			if (name_is(word, before[i]))
				break;
		if (i == sizeof(before) / sizeof(before[0]))
			return false;
		at += word.length;
		at += strspn(at, " \t.*#");
	}
	at += word.length + source_indent(at + word.length);
	while (end > at && isspace((unsigned char)end[-1]))
		end--;
	if (*at == '(')
		return source_has_word(line, (struct name){ "function", 8 }) || end[-1] == '{';
	if ((*at != '=' || at[1] == '=') && *at != ':')
		return false;
	return is_function_value(at + 1 + source_indent(at + 1));
}

static bool is_definition(const struct source *source, const char *line, struct name name)
{
	if (source->javascript)
		return defines_in_javascript(line, name);
	if (!source->python)
		return defines_in_c(line, name);
	return names_are_same(python_function(line), name) ||
	       names_are_same(python_class(line), name);
}

/* The line that begins the class around line NUMBER of a script; 0: there is none. */
unsigned int class_around(const struct source *source, unsigned int number)
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
unsigned int definition_of(const struct source *source, struct name name, unsigned int called)
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

/* Does line NUMBER still belong to the class that line CLASS begins? */
static bool is_in_class(const struct source *source, unsigned int class, unsigned int number)
{
	const char *line = source_text(source, number);

	return line && (!line[source_indent(line)] ||
			source_indent(line) > source_indent(source_text(source, class)));
}

/* What a protocol has that its library calls at the end, or else with bytes. */
static unsigned int method_of_protocol(const struct source *source, unsigned int class)
{
	static const char *const methods[] = {
		"eof_received",   "readConnectionLost", "data_received", "dataReceived",
		"buffer_updated", "lineReceived",       "handle_stream",
	};
	unsigned int number;
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		for (number = class + 1; is_in_class(source, class, number); number++)
			if (name_is(python_function(source_text(source, number)), methods[i]))
				return number;
	return 0;
}

/* Of a factory: the method of the first protocol that is named in its class. */
static unsigned int method_of_product(const struct source *source, unsigned int class)
{
	unsigned int number, definition, method;
	const char *at;

	for (number = class + 1; is_in_class(source, class, number); number++)
		for (at = source_text(source, number); *at && *at != '#'; at++) {
			struct name name = source_name(at);

			if (!name.length)
				continue;
			at += name.length - 1;
			definition = definition_of(source, name, 0);
			if (!definition || definition == class ||
			    !python_class(source_text(source, definition)).length)
				continue;
			method = method_of_protocol(source, definition);
			if (method)
				return method;
		}
	return 0;
}

/* The last line in front of line BEFORE of a script that gives NAME a value; 0: none does. */
unsigned int assignment_of(const struct source *source, struct name name, unsigned int before)
{
	const char *line, *at;

	while (source->python && --before > 0) {
		line = source_text(source, before);
		if (!line)
			continue;
		at = line + source_indent(line);
		if (!names_are_same(source_name(at), name))
			continue;
		at += name.length;
		at += source_indent(at);
		if (at[0] == '=' && at[1] != '=')
			return before;
	}
	return 0;
}

unsigned int method_of_class(const struct source *source, unsigned int class)
{
	unsigned int method = method_of_protocol(source, class);

	return method ? method : method_of_product(source, class);
}

/* The class that LINE begins, or that METHOD in it (NULL: none) is qualified by; LENGTH 0: none. */
static struct name class_in_c(const char *line, const char *method)
{
	const char *at = line + source_indent(line), *behind = source_behind_word(at, "class");

	if (!method)
		return source_name(behind ? behind : "");
	if (method < line + 2 || method[-1] != ':' || method[-2] != ':')
		return (struct name){ .length = 0 };
	for (at = method - 2; at > line && source_is_name(at[-1]); at--)
		;
	return source_name(at);
}

/* Does a type, or what qualifies a name, end in front of AT? Calls have none there. */
static bool follows_type(const char *line, const char *at)
{
	static const char *const others[] = { "return",    "else",     "new",  "throw",
					      "co_return", "co_await", "case", "delete" };
	const char *end = at, *word;
	size_t i;

	while (end > line && strchr(" \t", end[-1]))
		end--;
	for (word = end; word > line && source_is_name(word[-1]); word--)
		;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (name_is((struct name){ word, (size_t)(end - word) }, others[i]))
			return false;
	return end > line && (word < end || strchr("*&>:", end[-1]));
}

/* Where LINE defines METHOD; NULL: it does not. */
static const char *method_in(const char *line, struct name method)
{
	const char *at, *end = line + strlen(line);
	struct name name;

	while (end > line && isspace((unsigned char)end[-1]))
		end--;
	if (end == line || end[-1] == ';')
		return NULL;
	for (at = line; *at; at += name.length ? name.length : 1) {
		name = source_name(at);
		if (names_are_same(name, method) && at > line && strchr(" \t:*&", at[-1]) &&
		    at[name.length] == '(' && follows_type(line, at))
			return at;
	}
	return NULL;
}

unsigned int method_definition_of(const struct source *source, struct name method,
				  struct name *class)
{
	struct name around = { .length = 0 };
	unsigned int number, defined = 0;
	const char *line, *at;

	*class = around;
	for (number = 1; number < FILE_LINES_MAX && (line = source_text(source, number));
	     number++) {
		if (class_in_c(line, NULL).length)
			around = class_in_c(line, NULL);
		at = method_in(line, method);
		if (!at)
			continue;
		if (defined)
			return 0;
		*class = class_in_c(line, at).length ? class_in_c(line, at) : around;
		defined = number;
	}
	return defined;
}

unsigned int method_or_function_of(const struct source *source, struct name name,
				   struct name *class)
{
	unsigned int definition = method_definition_of(source, name, class);

	if (definition)
		return definition;
	class->length = 0;
	return definition_of(source, name, 0);
}
