/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/forwarding.h"

#include <string.h>

#include "analyzer/call_sites/source_words.h"

/* Who does more than make a call needs more lines. */
#define BODY_LINES_MAX 10u
/* A call's line may be that of one of its arguments. */
#define CALL_LINES 3u

/* What stands in a function, as far as it was read. */
struct body {
	const char *head;   /* the line of its name and parameters */
	struct name object; /* of the first call: what it is a method of; LENGTH 0: none */
	unsigned int
		calls; /* but for those among arguments, and further ones on the same parameter */
	unsigned int depth; /* of a call's parentheses, at the end of what was read */
	bool returns;       /* what the call returned, or what it was assigned to */
	bool judges;     /* compares something with what reads return at the end, or acts on it */
	bool in_comment; /* at the end of what was read: a block's, or a text of a script */
};

static bool is_keyword(struct name name)
{
	static const char *const words[] = {
		"if",     "while",  "for",         "switch",
		"return", "sizeof", "do",          "catch",
		"await",  "not",    "and",         "or",
		"in",     "yield",  "static_cast", "reinterpret_cast",
		"elif",   "lambda", "except",
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (name_is(name, words[i]))
			return true;
	return false;
}

/* The name in front of AT, which "." or "->" parts from AT, in the line that begins at LINE. */
static struct name object_before(const char *line, const char *at)
{
	const char *end = at;

	if (end > line && end[-1] == '.')
		end--;
	else if (end > line + 1 && end[-1] == '>' && end[-2] == '-')
		end -= 2;
	else
		return (struct name){ .length = 0 };
	for (at = end; at > line && source_is_name(at[-1]); at--)
		;
	return (struct name){ at, (size_t)(end - at) };
}

static bool has_word(const char *line, struct name word)
{
	struct name name;

	for (; *line; line += name.length ? name.length : 1) {
		name = source_name(line);
		if (name.length && names_are_same(name, word))
			return true;
	}
	return false;
}

/* Does the function of BODY use what it was given, once more? */
static bool is_same_parameter(const struct body *body, struct name object)
{
	return object.length && names_are_same(object, body->object) && !name_is(object, "self") &&
	       !name_is(object, "this") && has_word(body->head, object);
}

static void count_call(struct body *body, const char *line, struct name callee)
{
	struct name object = object_before(line, callee.start);

	if (body->calls && is_same_parameter(body, object))
		return;
	body->calls++;
	body->object = object;
}

/*
 * Does AT, behind "return", begin with a name or a call, and not with a judgement of it (`length ==
 * 0`)? Who judges what the read returned knows that it was the end.
 */
static bool is_result(const struct source *source, const char *at)
{
	unsigned int depth = 0;
	bool named = false;

	for (; *at && *at != ';' && *at != '\r' && *at != '\n' && *at != '#'; at++) {
		struct name name = source_name(at);

		if (name.length) {
			if (source->python && depth == 0 &&
			    (name_is(name, "not") || name_is(name, "is") || name_is(name, "in")))
				return false;
			named = true;
			at += name.length - 1;
		} else if (*at == '(') {
			depth++;
		} else if (*at == ')') {
			depth -= depth > 0;
		} else if (strncmp(at, "->", 2) == 0) {
			at++;
		} else if (depth == 0 && strchr("=!<>&|?", *at)) {
			return false;
		}
	}
	return named;
}

/* Does AT begin with nothing: 0, an empty text, None? */
static bool is_nothing(const char *at)
{
	at += source_indent(at);
	if (at[0] == 'b' && (at[1] == '\'' || at[1] == '"'))
		at++;
	if (at[0] == '\'' || at[0] == '"')
		return at[1] == at[0];
	return (at[0] == '0' && !source_is_name(at[1]) && at[1] != '.') ||
	       name_is(source_name(at), "None");
}

/*
 * Does the operator at AT ask whether a read has come to the end? `< 0`, `>= 0` and `== -1` ask for
 * failures, which who only makes the call tries again.
 */
static bool asks_for_end(const char *at)
{
	static const char *const operators[] = { "==", "!=", "<=", ">" };
	size_t i;

	for (i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (strncmp(at, operators[i], strlen(operators[i])) == 0)
			return is_nothing(at + strlen(operators[i]));
	return at[0] == '!' && at[1] != '=';
}

/* Does the = at AT, in the line that begins at LINE, keep something in an object or a table? */
static bool keeps(const char *line, const char *at)
{
	const char *end = at, *start;

	if (at == line || at[1] == '=' || strchr("=<>!", at[-1]))
		return false;
	while (end > line && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	for (start = end; start > line && source_is_name(start[-1]); start--)
		;
	return end > line && (end[-1] == ']' || (start > line && start[-1] == '.') ||
			      (start > line + 1 && start[-1] == '>' && start[-2] == '-'));
}

/* Words of who does more than to make a call. */
static bool is_judging(const struct source *source, struct name name)
{
	static const char *const words[] = { "raise", "throw", "goto", "switch", "case" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (name_is(name, words[i]))
			return true;
	return source->python && name_is(name, "not");
}

/* Behind the comment, or text of a script, that goes on at AT; NULL: it ends in a later line. */
static const char *behind_comment(const struct source *source, const char *at)
{
	const char *end = strstr(at, source->python ? "\"\"\"" : "*/");

	if (!end && source->python)
		end = strstr(at, "\'\'\'");
	return end ? end + (source->python ? 3 : 2) : NULL;
}

static bool begins_comment(const struct source *source, const char *at)
{
	if (!source->python)
		return strncmp(at, "/*", 2) == 0;
	return strncmp(at, "\"\"\"", 3) == 0 || strncmp(at, "\'\'\'", 3) == 0;
}

/* Adds what stands in LINE to BODY. */
static void read_line(const struct source *source, struct body *body, const char *line)
{
	const char *at = line;

	if (body->in_comment) {
		at = behind_comment(source, line);
		if (!at)
			return;
		body->in_comment = false;
	}
	for (; *at; at++) {
		struct name name = source_name(at);

		if (source->python ? *at == '#' : strncmp(at, "//", 2) == 0)
			return;
		if (begins_comment(source, at)) {
			at = behind_comment(source, at + (source->python ? 3 : 2));
			body->in_comment = !at;
			if (!at)
				return;
			at--;
			continue;
		}
		if (*at == '"' || *at == '\'') {
			at = source_string_end(at);
			continue;
		}
		if (body->depth)
			body->depth += (*at == '(') - (*at == ')');
		if (!name.length) {
			body->judges =
				body->judges || asks_for_end(at) || (*at == '=' && keeps(line, at));
			/* One operator of two characters is not the next one, too. */
			if (strncmp(at, "->", 2) == 0 || strncmp(at, ">>", 2) == 0 ||
			    strncmp(at, ">=", 2) == 0 || strncmp(at, "==", 2) == 0 ||
			    strncmp(at, "!=", 2) == 0 || strncmp(at, "<=", 2) == 0)
				at++;
			continue;
		}
		body->judges = body->judges || is_judging(source, name);
		at += name.length - 1;
		if (name_is(name, "return") && is_result(source, at + 1))
			body->returns = true;
		if (body->depth || at[1 + source_indent(at + 1)] != '(' || is_keyword(name))
			continue;
		count_call(body, line, name);
		at += 1 + source_indent(at + 1);
		body->depth = 1;
	}
}

/* The line that begins the function around line NUMBER of a script; 0: it is too far away. */
static unsigned int python_begin(const struct source *source, unsigned int number)
{
	const char *line = source_text(source, number);
	size_t indent = line ? source_indent(line) : 0;
	unsigned int first = number > BODY_LINES_MAX ? number - BODY_LINES_MAX : 1;

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

/* Reads the body of the function around line NUMBER. False: it is longer than that of a wrapper. */
static bool read_python(const struct source *source, unsigned int number, struct body *body)
{
	unsigned int begin = python_begin(source, number), i;
	const char *line;
	size_t indent;

	if (!begin)
		return false;
	body->head = source_text(source, begin);
	indent = source_indent(body->head);
	for (i = begin + 1; i <= begin + BODY_LINES_MAX && body->calls < 2; i++) {
		line = source_text(source, i);
		if (!line || (line[source_indent(line)] && source_indent(line) <= indent))
			return i > number;
		read_line(source, body, line);
	}
	return false;
}

static bool is_scope(struct name name)
{
	return name_is(name, "class") || name_is(name, "struct") || name_is(name, "namespace") ||
	       name_is(name, "union") || name_is(name, "extern");
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
				 struct body *body)
{
	const char *line = source_text(source, number), *head;
	size_t indent = line ? source_indent(line) : 0;
	unsigned int first = number > BODY_LINES_MAX ? number - BODY_LINES_MAX : 1;

	while (line && --number >= first) {
		line = source_text(source, number);
		if (!line || !line[source_indent(line)] || source_indent(line) >= indent)
			continue;
		head = head_of_block(source, number, line);
		if (!head)
			continue;
		indent = source_indent(line);
		if (is_keyword(source_name(head)))
			continue;
		/* A method in one line: what is around it is its class. */
		if (is_scope(source_name(head)))
			return 0;
		body->head = head;
		return number;
	}
	return 0;
}

/* As read_python(), where braces are: the last one is indented as far as the first. */
static bool read_braces(const struct source *source, unsigned int number, struct body *body)
{
	unsigned int begin = braces_begin(source, number, body), i;
	size_t indent;

	if (!begin)
		return false;
	indent = source_indent(source_text(source, begin));
	for (i = begin + 1; i <= begin + BODY_LINES_MAX && body->calls < 2; i++) {
		const char *line = source_text(source, i);

		if (!line)
			return false;
		if (line[source_indent(line)] == '}' && source_indent(line) <= indent)
			return i > number;
		read_line(source, body, line);
	}
	return false;
}

/* "net::Client::read(char*, int)" and "Client.read" are `read` where they are called. */
static struct name plain_name(const char *function)
{
	struct name name = { .start = function };
	const char *at;

	for (at = function; *at && *at != '(' && (*at != '<' || at == name.start); at++)
		if (*at == ':' || *at == '.' || *at == '#' || *at == '/')
			name.start = at + 1;
	name.length = (size_t)(at - name.start);
	return name;
}

static bool is_named_in(const char *line, struct name name)
{
	for (; line && *line; line++) {
		struct name word = source_name(line);

		if (!word.length)
			continue;
		if (names_are_same(word, name) &&
		    line[word.length + source_indent(line + word.length)] == '(')
			return true;
		line += word.length - 1;
	}
	return false;
}

static bool names(struct symbolizer *symbolizer, const struct frame *caller, struct name name)
{
	const struct source source = source_of(symbolizer, caller);
	unsigned int number;

	for (number = caller->line; number && number + CALL_LINES > caller->line; number--)
		if (is_named_in(source_text(&source, number), name))
			return true;
	return false;
}

bool is_forwarding(struct symbolizer *symbolizer, const struct frame *frame,
		   const struct frame *caller, bool for_result)
{
	struct body body = { .calls = 0 };
	struct source source;
	bool is_short;

	if (!frame->function || !frame->file || !frame->line || !caller->file || !caller->line ||
	    !names(symbolizer, caller, plain_name(frame->function)))
		return false;
	source = source_of(symbolizer, frame);
	is_short = source.python ? read_python(&source, frame->line, &body)
				 : read_braces(&source, frame->line, &body);
	return is_short && body.calls == 1 && (!for_result || (body.returns && !body.judges));
}
