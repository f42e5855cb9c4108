/* SPDX-License-Identifier: MIT */
#include "analyzer/source/sole_call.h"

#include <string.h>

#include "analyzer/source/source_definitions.h"

/* Statements that are no calls. */
static bool begins_statement(struct name name)
{
	static const char *const words[] = { "if",    "for", "while",  "switch", "do",
					     "throw", "new", "delete", "goto",   "sizeof" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (name_is(name, words[i]))
			return true;
	return false;
}

/*
 * Moves CURSOR from in front of a call's name behind its parentheses. An argument that is a call
 * itself may be what matters: then there is no name.
 */
static struct name call_at(struct source_cursor *cursor, bool *has_arguments)
{
	const struct name none = { .length = 0 };
	struct source_token token;
	struct name name = none;

	*has_arguments = false;
	while (source_next(cursor, &token) && *token.at != '(') {
		if (begins_statement(token.name) ||
		    (token.name.length == 0 && !strchr(".->:", *token.at)) ||
		    (token.name.length && name.length))
			return none;
		name = name_is(token.name, "return") ? none : token.name;
	}
	while (source_next(cursor, &token) && *token.at != ')') {
		if (token.name.length == 0 && strchr("({;", *token.at))
			return none;
		*has_arguments = true;
	}
	return name;
}

struct sole_call sole_call_behind(struct source_cursor cursor)
{
	const struct source *source = cursor.source;
	struct sole_call call = { .number = 0 };
	struct source_token token;
	bool has_arguments;

	call.name = call_at(&cursor, &has_arguments);
	if (!call.name.length || !source_next(&cursor, &token) || *token.at != ';' ||
	    !source_next(&cursor, &token) || *token.at != '}')
		return (struct sole_call){ .number = 0 };
	call.number = method_or_function_of(source, call.name, &call.class);
	/* A function that is given nothing is not about the connection; a method is its object's.
	 */
	if (!call.class.length && !has_arguments)
		call.number = 0;
	return call;
}

struct sole_call sole_call_of_lambda(struct source_cursor cursor)
{
	struct source_token token;
	unsigned int depth = 0;

	while (source_next(&cursor, &token)) {
		bool is_symbol = token.name.length == 0;

		if (is_symbol && *token.at == '{' && depth == 0)
			return sole_call_behind(cursor);
		depth += is_symbol && strchr("([", *token.at);
		if (is_symbol && strchr(")]", *token.at) && depth-- == 0)
			break;
	}
	return (struct sole_call){ .number = 0 };
}
