/* SPDX-License-Identifier: MIT */
#include "analyzer/source/node_handler.h"

#include <string.h>

#include "analyzer/source/node_events.h"
#include "analyzer/source/source_cursor.h"
#include "analyzer/source/source_definitions.h"

/* So many lines behind the call still wait for events of the same server. */
#define LINES_BEHIND 12u
/* A chain of calls, with the functions that they are given, is so many lines long. */
#define CHAIN_LINES 400u

/* What brings a server a connection. */
static const char *const connection_events[] = { "connection", "secureConnection", "request",
						 "upgrade",    "connect",          "stream",
						 NULL };

/* The function that a server calls for a connection, while it is searched. */
struct search {
	const struct source *source;
	struct node_handler found;
	bool several; /* which of them has the connection can't be known */
};

static void add_handler(struct search *search, struct node_handler handler)
{
	search->several |= handler.number && search->found.number;
	if (handler.number)
		search->found = handler;
}

bool node_listens(const struct source *source, unsigned int number)
{
	const char *line = source->javascript ? source_text(source, number) : NULL;

	return line && strstr(line, "listen(");
}

/* The object whose METHOD, with its "(", LINE calls; LENGTH 0: none, or the result of a call. */
static struct name object_of(const char *line, const char *method)
{
	const char *end = strstr(line, method), *at;

	if (!end || end == line || end[-1] != '.')
		return (struct name){ .length = 0 };
	for (at = --end; at > line && source_is_name(at[-1]); at--)
		;
	return (struct name){ at, (size_t)(end - at) };
}

/* Behind the "=" by which LINE gives SERVER a value; NULL: it does not. */
static const char *behind_assignment(const char *line, struct name server)
{
	for (; *line; line++) {
		struct name name = source_name(line);
		const char *behind = line + name.length;

		if (!name.length)
			continue;
		behind += source_indent(behind);
		if (names_are_same(name, server) && behind[0] == '=' && behind[1] != '=' &&
		    behind[1] != '>')
			return behind + 1;
		line += name.length - 1;
	}
	return NULL;
}

/* Behind what creates SERVER in LINE; NULL: that is not there. */
static const char *behind_creation(const char *line, struct name server)
{
	const char *at = behind_assignment(line, server);

	at = at ? strstr(at, "Server(") : NULL;
	return at ? at + strlen("Server(") : NULL;
}

/* The last line up to line NUMBER that gives SERVER a value: others of its name are not meant. */
static unsigned int assignment_before(const struct source *source, struct name server,
				      unsigned int number)
{
	for (; number > 0; number--) {
		const char *line = source_text(source, number);

		if (line && behind_assignment(line, server))
			return number;
	}
	return 0;
}

/* The function that TOKEN, among arguments, is or names; NUMBER 0: none. */
static struct node_handler function_at(const struct source *source,
				       const struct source_token *token)
{
	const char *behind = token->at + token->name.length;
	unsigned int number = token->number;

	behind += source_indent(behind);
	if (strncmp(token->at, "=>", 2) == 0)
		return (struct node_handler){ .number = number };
	if (name_is(token->name, "function"))
		return (struct node_handler){ source_name(behind), number };
	if (!token->name.length ||
	    (!strchr("),\r\n", *behind) && strncmp(behind, ".bind(", 6) != 0))
		return (struct node_handler){ .number = 0 };
	return (struct node_handler){ token->name, definition_of(source, token->name, 0) };
}

/*
 * The first function that a call is given: CURSOR is behind the call's parenthesis, and comes to be
 * behind its other one. What stands in braces is of an object, or of a function.
 */
static struct node_handler function_given(struct source_cursor *cursor)
{
	struct node_handler given = { .number = 0 };
	unsigned int calls = 1, braces = 0;
	struct source_token token;

	while (calls && source_next(cursor, &token)) {
		calls += !braces && *token.at == '(';
		calls -= !braces && *token.at == ')';
		braces += *token.at == '{';
		braces -= braces && *token.at == '}';
		if (calls && !braces && !given.number)
			given = function_at(cursor->source, &token);
	}
	return given;
}

static struct source_cursor cursor_from(const struct source *source, unsigned int number,
					const char *at)
{
	struct source_cursor cursor = source_cursor_at(source, number, number + CHAIN_LINES);

	cursor.at = at;
	return cursor;
}

/* Is the call at DOT, which CURSOR is in, one that registers a handler for connections? */
static bool registers(const struct source_token *dot, const struct source_cursor *cursor)
{
	static const struct name any = { .length = 0 };
	const char *event = cursor->at ? cursor->at + source_indent(cursor->at) : "";

	return *event && strchr("'\"`", *event) &&
	       node_registration(dot->at, any, connection_events) == source_string_end(event) + 1;
}

/*
 * Searches what a server is created with, behind AT in line NUMBER, and the handlers that the same
 * expression registers. Returns the line in which that calls listen(); 0: it does not.
 */
static unsigned int search_creation(struct search *search, unsigned int number, const char *at)
{
	struct source_cursor cursor = cursor_from(search->source, number, at);
	struct source_token dot, method, parenthesis;

	add_handler(search, function_given(&cursor));
	while (source_next(&cursor, &dot) && *dot.at == '.' && source_next(&cursor, &method) &&
	       source_next(&cursor, &parenthesis) && *parenthesis.at == '(') {
		bool is_event = registers(&dot, &cursor);
		struct node_handler given;

		if (name_is(method.name, "listen"))
			return method.number;
		given = function_given(&cursor);
		if (is_event)
			add_handler(search, given);
	}
	return 0;
}

/* Searches LINE, which has NUMBER, for a handler that it registers with SERVER. */
static void search_event(struct search *search, unsigned int number, const char *line,
			 struct name server)
{
	const char *at = server.length ? node_registration(line, server, connection_events) : NULL;
	struct source_cursor cursor;

	if (!at)
		return;
	cursor = cursor_from(search->source, number, at);
	add_handler(search, function_given(&cursor));
}

/* What LINE gives a value first; LENGTH 0: nothing. */
static struct name assigned_in(const char *line)
{
	const char *end = strchr(line, '='), *at;

	while (end && end > line && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	for (at = end; at && at > line && source_is_name(at[-1]); at--)
		;
	return (struct name){ at ? at : line, at ? (size_t)(end - at) : 0 };
}

/*
 * Looks at the server of whose creation line NUMBER calls listen():
 * `createServer(serve).listen(80)`. Returns the variable that keeps it.
 */
static struct name search_chain(struct search *search, unsigned int number)
{
	unsigned int first;

	for (first = number; first && first + CHAIN_LINES > number; first--) {
		const char *line = source_text(search->source, first);
		const char *at = line ? strstr(line, "Server(") : NULL;
		struct search chained = { .source = search->source };

		if (!at || search_creation(&chained, first, at + strlen("Server(")) != number)
			continue;
		*search = chained;
		return assigned_in(line);
	}
	return (struct name){ .length = 0 };
}

struct node_handler node_handler_of(const struct source *source, unsigned int number)
{
	struct name server = object_of(source_text(source, number), "listen(");
	unsigned int last = number + LINES_BEHIND;
	struct search search = { .source = source };
	const char *line;

	if (server.length)
		number = assignment_before(source, server, number);
	else
		server = search_chain(&search, number++);
	for (; number && number <= last && (line = source_text(source, number)); number++) {
		const char *creation = behind_creation(line, server);

		if (creation)
			search_creation(&search, number, creation);
		else
			search_event(&search, number, line, server);
	}
	return search.several ? (struct node_handler){ .number = 0 } : search.found;
}
