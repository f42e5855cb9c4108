/* SPDX-License-Identifier: MIT */
#include "analyzer/source/function_body.h"

#include <ctype.h>
#include <string.h>

/* A function's parameters may begin so many lines in front of its body. */
#define HEAD_LINES_MAX 8u
/* Between the name of a function that a line defines and the first line in it. */
#define DEFINITION_LINES_MAX 4u

/* A frame names it by where it is, not by a name of its own. */
static bool is_lambda(const char *function)
{
	const char *part = strrchr(function, '.');

	/* C++, Python, Rust */
	if (strstr(function, "operator()") || strstr(function, "<lambda>") ||
	    strstr(function, "{closure"))
		return true;
	/* Go: main.serve.func1 */
	return part && strncmp(part, ".func", 5) == 0 && isdigit((unsigned char)part[5]);
}

struct name function_plain_name(const char *function)
{
	struct name name = { .start = function };
	const char *at;

	for (at = function;
	     *at && (*at != '(' || at == name.start) && (*at != '<' || at == name.start); at++)
		if (*at == ':' || *at == '.' || *at == '#' || *at == '/')
			name.start = at + 1;
	name.length = (size_t)(at - name.start);
	return name;
}

/* Is NAME that of its class, as in C++: Client::Client? */
static bool is_of_class(const char *function, struct name name)
{
	const char *class = name.start - 2 - name.length;

	return class >= function && strncmp(name.start - 2, "::", 2) == 0 &&
	       strncmp(class, name.start, name.length) == 0 &&
	       (class == function || !source_is_name(class[-1]));
}

static bool begins_with(struct name name, const char *text)
{
	return name.length > strlen(text) && strncmp(name.start, text, strlen(text)) == 0;
}

static bool ends_with(struct name name, const char *text)
{
	size_t length = strlen(text);

	return name.length > length &&
	       strncmp(name.start + name.length - length, text, length) == 0;
}

bool function_constructs(const char *function)
{
	static const char *const names[] = { "__init__", "initialize", "__construct",
					     "<init>",   "new",        "BUILD" };
	struct name name = function_plain_name(function);
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (name_is(name, names[i]))
			return true;
	return is_of_class(function, name) || begins_with(name, "new_") ||
	       ends_with(name, "_new") || ends_with(name, "_create") ||
	       (begins_with(name, "New") && isupper((unsigned char)name.start[3]));
}

/* The word in front of the first = (or :=) of LINE that gives something a value. */
static struct name assigned_name(const char *line)
{
	struct name name = { .length = 0 }, word;
	const char *at;

	for (at = line; *at && *at != '='; at += word.length ? word.length : 1) {
		word = source_name(at);
		if (word.length)
			name = word;
	}
	return *at && at[1] != '=' && at[1] != '>' ? name : (struct name){ .length = 0 };
}

static struct name called_name(const char *function, const char *head)
{
	return is_lambda(function) ? assigned_name(head) : function_plain_name(function);
}

/* Words of statements that have a block, or a value. */
static bool begins_statement(struct name name)
{
	static const char *const words[] = {
		"if",    "while",  "for",  "switch", "return", "do",
		"catch", "except", "elif", "else",   "try",    "match"
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (name_is(name, words[i]))
			return true;
	return false;
}

/* Lets BODY begin behind CURSOR and end with the block, or expression, that begins there. */
static bool set_body(struct function_body *body, struct source_cursor cursor, bool is_expression)
{
	struct source_token token;
	unsigned int depth = 0;

	body->begin = cursor.at;
	body->first = cursor.number;
	body->is_expression = is_expression;
	while (source_next(&cursor, &token)) {
		bool closes = strchr(")]}", *token.at);

		if ((closes || (is_expression && strchr(";,", *token.at))) && depth == 0) {
			body->end = token.at;
			body->last = token.number;
			return is_expression || *token.at == '}';
		}
		depth += strchr("([{", *token.at) != NULL;
		depth -= closes;
	}
	body->end = NULL;
	body->last = cursor.number;
	return is_expression;
}

/* Moves CURSOR behind what a body begins with, at the end of a head. */
static bool find_opening(struct source_cursor *cursor, bool *is_expression)
{
	const struct source *source = cursor->source;
	unsigned int depth = 0, bars = 0;
	struct source_token token;
	char before = '\0';

	for (; source_next(cursor, &token); before = *token.at) {
		if (strchr("([", *token.at)) {
			depth++;
			continue;
		}
		if (strchr(")]", *token.at) && depth-- == 0)
			return false;
		if (depth || token.name.length)
			continue;
		*is_expression = false;
		if (*token.at == ';')
			return false;
		if (*token.at == '{')
			return before != '=' && !source->python;
		*is_expression = true;
		if (before == '=' && *token.at == '>')
			return true;
		bars += *token.at == '|' && source->rust;
		if (bars == 2 || (*token.at == ':' && source->python))
			return true;
	}
	return false;
}

/* As function_body_around(): all of it, with its head, is in line NUMBER. */
static bool find_in_line(const struct source *source, const char *function, unsigned int number,
			 struct function_body *body)
{
	struct source_cursor cursor = source_cursor_at(source, number, number), behind;
	bool is_expression = false, is_head = false;
	struct source_token token;

	if (!cursor.line ||
	    (source->python && !is_lambda(function) && !python_function(cursor.line).length))
		return false;
	body->head = cursor.line;
	body->name = called_name(function, cursor.line);
	while (!is_head && source_next(&cursor, &token)) {
		if (begins_statement(token.name))
			return false;
		is_head = token.name.length && names_are_same(token.name, body->name);
	}
	if (!is_head || !find_opening(&cursor, &is_expression))
		return false;
	behind = cursor;
	if (!source_next(&behind, &token))
		return false;
	if (is_expression && *token.at == '{' && !source->python)
		return set_body(body, behind, false);
	return set_body(body, cursor, is_expression);
}

/* The same: its head is in the line before. */
static bool find_below_head(const struct source *source, const char *function, unsigned int number,
			    struct function_body *body)
{
	struct source_cursor cursor = source_cursor_at(source, number, number);
	struct source_token token;
	const char *arrow;

	body->head = number > 1 ? source_text(source, number - 1) : NULL;
	/* The file may be another one by now, and end there. */
	if (!body->head || !cursor.line || source->python)
		return false;
	body->name = called_name(function, body->head);
	if (!source_has_word(body->head, body->name))
		return false;
	arrow = strstr(body->head, "=>");
	if (arrow && !arrow[2 + strspn(arrow + 2, " \t\r\n")])
		return set_body(body, cursor, true);
	return source_next(&cursor, &token) && *token.at == '{' && set_body(body, cursor, false);
}

/* The line that begins the function around line NUMBER of a script; 0: it is too far away. */
static unsigned int python_begin(const struct source *source, unsigned int number,
				 unsigned int lines)
{
	const char *line = source_text(source, number);
	size_t indent = line ? source_indent(line) : 0;
	unsigned int first = number > lines ? number - lines : 1;

	while (line && --number >= first) {
		line = source_text(source, number);
		if (line && line[source_indent(line)] && source_indent(line) < indent) {
			if (python_function(line).length)
				return number;
			indent = source_indent(line);
		}
	}
	return 0;
}

/* As function_body_around(), of a script: what is indented further than the head. */
static bool find_indented(const struct source *source, const char *function, unsigned int number,
			  unsigned int lines, struct function_body *body)
{
	unsigned int begin = python_begin(source, number, lines), i;
	size_t indent;

	if (!begin)
		return false;
	body->head = source_text(source, begin);
	body->name = called_name(function, body->head);
	body->first = begin + 1;
	body->begin = source_text(source, body->first);
	indent = source_indent(body->head);
	for (i = begin + 1; i <= begin + lines; i++) {
		const char *line = source_text(source, i);

		if (line && (!line[source_indent(line)] || source_indent(line) > indent))
			continue;
		body->last = i - 1;
		return i > number;
	}
	return false;
}

static bool is_scope(struct name name)
{
	return name_is(name, "class") || name_is(name, "struct") || name_is(name, "namespace") ||
	       name_is(name, "union") || name_is(name, "extern") || name_is(name, "impl");
}

/* What LINE, whose last word is an opening brace, belongs to; NULL: it has none. */
static const char *head_of_block(const struct source *source, unsigned int number, const char *line)
{
	const char *text = line + source_indent(line), *brace = strrchr(text, '{');

	if (!brace || brace[1 + strspn(brace + 1, " \t\r\n")])
		return NULL;
	if (brace == text)
		text = source_text(source, number - 1);
	if (!text)
		return NULL;
	text += source_indent(text);
	return *text == '}' ? text + 1 + source_indent(text + 1) : text;
}

/*
 * The line whose brace begins the function around line NUMBER; 0: it is too far away. Blocks are
 * indented further than what they are in.
 */
static unsigned int braces_begin(const struct source *source, unsigned int number,
				 unsigned int lines, struct function_body *body)
{
	const char *line = source_text(source, number), *head;
	size_t indent = line ? source_indent(line) : 0;
	unsigned int first = number > lines ? number - lines : 1;

	while (line && --number >= first) {
		line = source_text(source, number);
		if (!line || !line[source_indent(line)] || source_indent(line) >= indent)
			continue;
		head = head_of_block(source, number, line);
		if (!head)
			continue;
		indent = source_indent(line);
		if (begins_statement(source_name(head)))
			continue;
		if (is_scope(source_name(head)))
			return 0;
		body->head = head;
		return number;
	}
	return 0;
}

/* As function_body_around(), where braces are. */
static bool find_braced(const struct source *source, const char *function, unsigned int number,
			unsigned int lines, struct function_body *body)
{
	unsigned int begin = braces_begin(source, number, lines, body);
	struct source_cursor cursor;

	if (!begin)
		return false;
	body->name = called_name(function, body->head);
	cursor = source_cursor_at(source, begin, begin + lines);
	cursor.at = strrchr(cursor.line, '{') + 1;
	return set_body(body, cursor, false) && body->last >= number;
}

bool function_body_around(const struct source *source, const char *function, unsigned int number,
			  unsigned int lines, struct function_body *body)
{
	*body = (struct function_body){ .head = NULL };
	if (find_in_line(source, function, number, body) ||
	    find_below_head(source, function, number, body))
		return true;
	*body = (struct function_body){ .head = NULL };
	return source->python ? find_indented(source, function, number, lines, body)
			      : find_braced(source, function, number, lines, body);
}

struct source_cursor function_body_cursor(const struct source *source,
					  const struct function_body *body)
{
	struct source_cursor cursor = source_cursor_at(source, body->first, body->last);

	cursor.at = body->begin;
	return cursor;
}

bool function_body_next(const struct function_body *body, struct source_cursor *cursor,
			struct source_token *token)
{
	return source_next(cursor, token) &&
	       !(body->end && token->number == body->last && token->at >= body->end);
}

bool function_body_of(const struct source *source, const struct frame *frame,
		      struct function_body *body)
{
	const char *line = source_text(source, frame->line);
	unsigned int i;

	if (function_body_around(source, frame->function, frame->line, FUNCTION_LINES_MAX, body))
		return true;
	if (!line || !source_has_word(line, function_plain_name(frame->function)))
		return false;
	for (i = 1; i <= DEFINITION_LINES_MAX; i++)
		if (function_body_around(source, frame->function, frame->line + i,
					 FUNCTION_LINES_MAX, body))
			return body->first <= frame->line + i;
	return false;
}

int function_parameter(const struct source *source, const struct function_body *body,
		       struct name name)
{
	unsigned int number, depth = 0;
	struct source_cursor cursor;
	struct source_token token;
	struct name word = { .length = 0 };
	int at = 0;

	for (number = body->first; number && number + HEAD_LINES_MAX > body->first; number--)
		if (source_text(source, number) &&
		    source_has_word(source_text(source, number), body->name))
			break;
	cursor = source_cursor_at(source, number, body->first);
	while (source_next(&cursor, &token) && !names_are_same(token.name, body->name))
		;
	while (source_next(&cursor, &token)) {
		if (token.name.length == 0 && *token.at == '(')
			depth++;
		if (token.name.length)
			word = token.name;
		if (depth == 1 && strchr(",)", *token.at)) {
			if (names_are_same(word, name))
				return at;
			at++;
		}
		if (token.name.length == 0 && *token.at == ')' && --depth == 0)
			break;
	}
	return -1;
}
