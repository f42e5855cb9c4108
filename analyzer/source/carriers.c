/* SPDX-License-Identifier: MIT */
#include "analyzer/source/carriers.h"

#include <string.h>
#include <strings.h>

/* A call's line may be that of one of its arguments. */
#define CALL_LINES_MAX 3u

/* What the names of calls that carry bytes have in them. */
static const struct carrying_word {
	const char *word;
	enum carrying carrying;
} words[] = {
	{ "read", CARRIES_IN },   { "recv", CARRIES_IN },  { "receive", CARRIES_IN },
	{ "write", CARRIES_OUT }, { "send", CARRIES_OUT },
};

struct carrier {
	const struct source *source;
	const struct function_body *body;
	unsigned int number;
	struct name call;       /* that carries; LENGTH 0: none is found */
	struct name connection; /* its first argument */
	struct name buffer;     /* a name in its second one */
	struct name given;      /* the parameter that is, or that it was made of */
	enum carrying carrying;
};

static bool is_c(const struct source *source)
{
	static const char *const endings[] = { ".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp" };
	const char *ending = strrchr(source->file, '.');
	size_t i;

	for (i = 0; ending && i < sizeof(endings) / sizeof(endings[0]); i++)
		if (strcmp(ending, endings[i]) == 0)
			return true;
	return false;
}

static enum carrying carrying_by_name(struct name name)
{
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (name_has_part(name, words[i].word))
			return words[i].carrying;
	return CARRIES_NOTHING;
}

static bool follows_parenthesis(const struct source_cursor *cursor)
{
	struct source_cursor ahead = *cursor;
	struct source_token token;

	return source_next(&ahead, &token) && token.name.length == 0 && *token.at == '(';
}

static bool is_parameter(const struct carrier *carrier, struct name name)
{
	return function_parameter(carrier->source, carrier->body, name) >= 0;
}

/* The parameter that the variable NAME was made of: `char *at = buffer;`. LENGTH 0: of none. */
static struct name origin_of(const struct carrier *carrier, struct name name)
{
	struct source_cursor cursor = function_body_cursor(carrier->source, carrier->body);
	struct name last = { .length = 0 }, value = last;
	struct source_token token;
	bool assigned = false;

	while (function_body_next(carrier->body, &cursor, &token)) {
		if (token.name.length == 0 && strchr(";,{}", *token.at)) {
			if (is_parameter(carrier, value))
				return value;
			assigned = false;
			value.length = 0;
		} else if (token.name.length == 0 && *token.at == '=') {
			assigned = names_are_same(last, name);
		} else if (token.name.length && assigned) {
			value = token.name;
		}
		last = token.name.length ? token.name : last;
	}
	return (struct name){ .length = 0 };
}

/* Takes the arguments that CURSOR is in front of. */
static void take_arguments(struct carrier *carrier, struct source_cursor cursor)
{
	struct source_cursor first = cursor;
	struct source_argument of_connection = { .cursor = &first, .number = 0 };
	struct source_argument of_buffer = { .cursor = &cursor, .number = 1 };
	struct source_token token;

	while (source_argument_next(&of_connection, &token))
		if (token.name.length && !carrier->connection.length)
			carrier->connection = token.name;
	while (source_argument_next(&of_buffer, &token)) {
		if (!token.name.length || carrier->given.length)
			continue;
		carrier->buffer = token.name;
		carrier->given = is_parameter(carrier, token.name) ? token.name
								   : origin_of(carrier, token.name);
	}
}

static void find_call(struct carrier *carrier)
{
	struct source_cursor cursor = function_body_cursor(carrier->source, carrier->body);
	struct source_token token;

	while (!carrier->call.length && function_body_next(carrier->body, &cursor, &token)) {
		carrier->carrying = carrying_by_name(token.name);
		if (!carrier->carrying || token.number > carrier->number ||
		    token.number + CALL_LINES_MAX <= carrier->number ||
		    !follows_parenthesis(&cursor))
			continue;
		carrier->call = token.name;
		take_arguments(carrier, cursor);
	}
}

/* Is a call of NAME no business with the connection, whatever it is given? */
static bool is_aside(struct name name)
{
	static const char *const keywords[] = {
		"if", "while", "for", "switch", "return", "sizeof"
	};
	/* "return": g_return_val_if_fail() */
	static const char *const parts[] = { "poll",   "select",  "wait",   "FD",     "log_",
					     "print",  "debug",   "warn",   "error",  "trace",
					     "bzero",  "memset",  "memcpy", "assert", "return",
					     "likely", "unlikely" };
	size_t i;

	for (i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (name_is(name, keywords[i]))
			return true;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (name_has_part(name, parts[i]))
			return true;
	/* syslog() and its like, but not login() */
	return name.length >= 3 && strncasecmp(name.start + name.length - 3, "log", 3) == 0;
}

/* Is the connection or the buffer among the arguments that CURSOR is in front of? */
static bool are_given(const struct carrier *carrier, struct source_cursor cursor)
{
	struct source_token token;
	unsigned int depth = 0;

	while (function_body_next(carrier->body, &cursor, &token)) {
		depth += token.name.length == 0 && *token.at == '(';
		if (token.name.length && (names_are_same(token.name, carrier->connection) ||
					  names_are_same(token.name, carrier->buffer) ||
					  names_are_same(token.name, carrier->given)))
			return true;
		if (token.name.length == 0 && *token.at == ')' && --depth == 0)
			break;
	}
	return false;
}

/* Words of who does not simply return. */
static bool leaves(struct name name)
{
	return name_is(name, "throw") || name_is(name, "longjmp") || name_is(name, "siglongjmp");
}

/* Is there nothing but a waiting, a retry and a count beside the call, and something returned? */
static bool only_carries(const struct carrier *carrier)
{
	struct source_cursor cursor = function_body_cursor(carrier->source, carrier->body);
	struct source_token token;
	struct name table = { .length = 0 }, last = table;
	char before = '\0', before_last = '\0';
	bool answers = false;

	while (function_body_next(carrier->body, &cursor, &token)) {
		bool is_name = token.name.length > 0;
		char at = is_name ? 'a' : *token.at;

		if (leaves(token.name))
			return false;
		answers = answers || (name_is(token.name, "return") && *cursor.at != ';');
		if (is_name && !names_are_same(token.name, carrier->call) &&
		    !is_aside(token.name) && follows_parenthesis(&cursor) &&
		    are_given(carrier, cursor))
			return false;
		if (at == '[')
			table = last;
		/* Kept in an object, or in a table that is not the buffer. */
		if (at == '=' && *cursor.at != '=' &&
		    ((before == 'a' && before_last == '>') ||
		     (before == ']' && !names_are_same(table, carrier->buffer) &&
		      !names_are_same(table, carrier->given))))
			return false;
		last = is_name ? token.name : last;
		before_last = before;
		before = at;
	}
	return answers;
}

enum carrying carrying_of(const struct source *source, const struct function_body *body,
			  unsigned int number)
{
	struct carrier carrier = { .source = source, .body = body, .number = number };

	if (!is_c(source))
		return CARRIES_NOTHING;
	find_call(&carrier);
	if (!carrier.call.length || !carrier.given.length || !only_carries(&carrier))
		return CARRIES_NOTHING;
	return carrier.carrying;
}
