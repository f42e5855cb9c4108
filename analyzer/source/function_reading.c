/* SPDX-License-Identifier: MIT */
#include "analyzer/source/function_reading.h"

#include <string.h>

static bool is_keyword(struct name name)
{
	static const char *const words[] = {
		"if",     "while",  "for",         "switch",
		"return", "sizeof", "do",          "catch",
		"await",  "not",    "and",         "or",
		"in",     "yield",  "static_cast", "reinterpret_cast",
		"elif",   "lambda", "except",      "Ok",
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

/* Does the function of BODY use what it was given, once more? */
static bool is_same_parameter(const struct function_reading *reading, struct name object)
{
	return object.length && names_are_same(object, reading->object) &&
	       !name_is(object, "self") && !name_is(object, "this") &&
	       source_has_word(reading->body->head, object);
}

/* Is NAME that of a call that reads: recv, SSL_read, ReadFrom? It is not "ready" or "reader". */
static bool is_read(struct name name)
{
	static const char *const others[] = { "ready", "readable", "readiness", "reader",
					      "receiver" };
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (name_has_part(name, others[i]))
			return false;
	return name_has_part(name, "read") || name_has_part(name, "recv") ||
	       name_has_part(name, "receive") || name_is(name, "fread") || name_is(name, "sysread");
}

/* Is NAME in front of the first call, in its statement, or given to it to be set (`&n`)? */
static bool is_set_by_call(const struct function_reading *reading, struct name name)
{
	const char *at;

	for (at = reading->call_line; at && *at; at++) {
		struct name word = source_name(at);
		bool is_before = at < reading->call || (at > reading->call_line && at[-1] == '&');

		if (!word.length)
			continue;
		if (is_before && names_are_same(word, name))
			return true;
		at += word.length - 1;
	}
	return reading->statement_line && source_has_word(reading->statement_line, name);
}

/* A call that reads, by its name, and begins with CALLEE. */
static void see_read(struct function_reading *reading, struct name callee, struct name object)
{
	const char *argument = callee.start + callee.length;

	argument += strspn(argument, " (&*\t");
	reading->reads = true;
	reading->before_read = reading->calls;
	if (!object.length)
		object = source_name(argument);
	reading->reads_given = object.length && source_has_word(reading->body->head, object);
	/* What it keeps of its own in front of that is no judgement. */
	reading->keeps_before = reading->keeps;
	reading->keeps = false;
}

static void count_call(struct function_reading *reading, const char *line, struct name callee)
{
	struct name object = object_before(line, callee.start);

	if (!reading->calls || (!reading->reads && is_read(callee))) {
		reading->call = callee.start;
		reading->call_line = line;
		reading->statement_line = reading->line == line ? NULL : reading->line;
		reading->ends = name_has_part(callee, "shutdown") &&
				!name_has_part(reading->body->name, "shut");
	}
	if (!reading->reads && is_read(callee))
		see_read(reading, callee, object);
	if (reading->calls && is_same_parameter(reading, object))
		return;
	reading->calls++;
	reading->behind_peek++;
	reading->object = object;
}

/*
 * Does AT, behind "return", begin with a call or what one has set, and not with a judgement of it
 * (`length == 0`)? Who judges what the read returned knows that it was the end. What came of a read
 * may have got another name.
 */
static bool is_result(const struct source *source, const struct function_reading *reading,
		      const char *at)
{
	unsigned int depth = 0;
	bool named = false;

	for (; *at && !strchr(";}\r\n#", *at) && strncmp(at, "//", 2) != 0; at++) {
		struct name name = source_name(at);

		if (name.length) {
			if (source->python && depth == 0 &&
			    (name_is(name, "not") || name_is(name, "is") || name_is(name, "in")))
				return false;
			named = named || reading->reads || !reading->calls ||
				at[name.length + source_indent(at + name.length)] == '(' ||
				is_set_by_call(reading, name);
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

/* Does AT begin with nothing: 0, an empty text, None, Go's io.EOF? */
static bool is_nothing(const char *at)
{
	at += source_indent(at);
	if (at[0] == 'b' && (at[1] == '\'' || at[1] == '"'))
		at++;
	if (at[0] == '\'' || at[0] == '"')
		return at[1] == at[0];
	return (at[0] == '0' && !source_is_name(at[1]) && at[1] != '.') ||
	       name_is(source_name(at), "None") || source_behind_word(at, "io.EOF");
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
	/* An initialiser has nothing in front of its "." */
	return end > line &&
	       (end[-1] == ']' ||
		(start > line + 1 && start[-1] == '.' && !strchr(" \t{,", start[-2])) ||
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

/* Where AT's operator ends: one of two characters is not the next one, too. */
static const char *operator_end(const char *at)
{
	static const char *const operators[] = { "->", "=>", ">>", ">=", "==", "!=", "<=" };
	size_t i;

	for (i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (strncmp(at, operators[i], 2) == 0)
			return at + 2;
	return at + 1;
}

/* Does something stand behind the "return" in front of AT? */
static bool is_answer(const char *at)
{
	at += source_indent(at);
	return *at && !strchr(";\r\n}#", *at);
}

/* Does AT, behind the character BEFORE, begin with a lambda of C++: [self](...) { ... }? */
static bool is_lambda(const char *at, char before)
{
	if (*at != '[' || !strchr("(,", before))
		return false;
	at += strcspn(at, "]");
	at += *at == ']';
	at += source_indent(at);
	return *at == '(' || *at == '{';
}

/* Is NAME what a function without a name is written with? */
static bool begins_function(struct name name)
{
	return name_is(name, "lambda") || name_is(name, "function") || name_is(name, "func");
}

/* A word of the function. What stands behind it up to its result was read with it. */
static const char *read_word(const struct source *source, struct function_reading *reading,
			     const struct source_token *token)
{
	const char *behind = token->at + token->name.length;

	reading->judges = reading->judges || is_judging(source, token->name);
	if (name_has_part(token->name, "peek")) {
		reading->peeks = true;
		reading->keeps = reading->keeps_before = false;
		reading->behind_peek = 0;
	}
	if (name_is(token->name, "return")) {
		reading->answers = reading->answers || is_answer(behind);
		reading->returns = reading->returns || is_result(source, reading, behind);
	}
	behind += source_indent(behind);
	if (reading->depth || *behind != '(' || is_keyword(token->name))
		return behind;
	count_call(reading, token->line, token->name);
	if (name_has_part(token->name, "peek"))
		reading->behind_peek = 0;
	reading->depth = 1;
	return behind + 1;
}

/* Moves CURSOR on if TEXT follows there. */
static bool skip_text(struct source_cursor *cursor, const char *text)
{
	struct source_cursor ahead = *cursor;
	struct source_token token;

	if (!source_next(&ahead, &token) || strncmp(token.at, text, strlen(text)) != 0)
		return false;
	*cursor = ahead;
	return true;
}

/*
 * Moves CURSOR, behind an "if", on over `(n > 0)` and what is done then with a parameter of the
 * function, where N is what the read returned. Nothing of it is done at the end of the connection.
 */
static bool skip_gain(struct source_cursor *cursor, const struct function_reading *reading)
{
	struct source_cursor ahead = *cursor;
	struct source_token token;
	unsigned int depth = 0;
	bool on_given = false, ends = false;

	if (!reading->reads || !skip_text(&ahead, "(") || !source_next(&ahead, &token) ||
	    !is_set_by_call(reading, token.name) || !skip_text(&ahead, ">") ||
	    !skip_text(&ahead, "0") || !skip_text(&ahead, ")"))
		return false;
	while (!ends && function_body_next(reading->body, &ahead, &token)) {
		if (name_is(token.name, "return") || is_judging(ahead.source, token.name))
			return false;
		on_given = on_given || (token.name.length && !is_set_by_call(reading, token.name) &&
					source_has_word(reading->body->head, token.name));
		depth += strchr("({", *token.at) != NULL;
		depth -= strchr(")}", *token.at) != NULL && depth;
		ends = depth == 0 && strchr(";}", *token.at);
	}
	if (!on_given || skip_text(&ahead, "else"))
		return false;
	*cursor = ahead;
	return true;
}

void function_read(const struct source *source, struct function_reading *reading)
{
	struct source_cursor cursor = function_body_cursor(source, reading->body);
	const char *read = cursor.at, *statement = cursor.at;
	unsigned int number = cursor.number;
	struct source_token token;
	char last = ';';

	for (; function_body_next(reading->body, &cursor, &token); last = *token.at) {
		if (last == ';' || last == '{' || last == '}') {
			statement = token.at;
			reading->line = token.line;
		}
		if (token.number == number && token.at < read)
			continue;
		if (name_is(token.name, "if") && !reading->depth && skip_gain(&cursor, reading)) {
			reading->fills = true;
			read = cursor.at;
			number = cursor.number;
			token.at = ";";
			continue;
		}
		number = token.number;
		if (reading->depth)
			reading->hands_over = reading->hands_over || is_lambda(token.at, last) ||
					      begins_function(token.name);
		if (token.name.length) {
			read = read_word(source, reading, &token);
			continue;
		}
		if (reading->depth)
			reading->depth += (*token.at == '(') - (*token.at == ')');
		reading->judges = reading->judges || asks_for_end(token.at);
		reading->keeps =
			reading->keeps || (*token.at == '=' && keeps(token.line, token.at));
		read = operator_end(token.at);
	}
	if (!reading->body->is_expression && (!source->rust || last == ';' || last == '}'))
		return;
	reading->answers = true;
	reading->returns = reading->returns || is_result(source, reading, statement);
}
