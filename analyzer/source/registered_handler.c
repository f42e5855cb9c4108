/* SPDX-License-Identifier: MIT */
#include "analyzer/source/registered_handler.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/source/call_subjects.h"
#include "analyzer/source/node_handler.h"
#include "analyzer/source/source_definitions.h"

/* A call goes on for so many lines, and so near are those that have to do with it. */
#define CALL_LINES_MAX 12

struct known_call {
	const struct frame *call;
	struct frame handler; /* LINE 0: none is found */
	char *function;
	bool in_call; /* the call itself names it */
	UT_hash_handle hh;
};

struct registered_handlers {
	struct symbolizer *symbolizer;
	struct known_call *calls;
};

struct registered_handlers *registered_handlers_new(struct symbolizer *symbolizer)
{
	struct registered_handlers *handlers = allocate_zeroed(1, sizeof(*handlers));

	handlers->symbolizer = symbolizer;
	return handlers;
}

void registered_handlers_free(struct registered_handlers *handlers)
{
	struct known_call *known, *next;

	if (!handlers)
		return;
	HASH_ITER(hh, handlers->calls, known, next) {
		HASH_DEL(handlers->calls, known);
		free(known->function);
		free(known);
	}
	free(handlers);
}

/* Fills in KNOWN's handler: what the line NUMBER defines. */
static void set_handler(const struct source *source, struct known_call *known, struct name name,
			unsigned int number)
{
	struct name class = { .length = 0 };
	unsigned int method, around;

	if (source->python && python_class(source_text(source, number)).length) {
		method = method_of_class(source, number);
		number = method ? method : number;
		if (method)
			name = python_function(source_text(source, number));
	}
	around = source->python ? class_around(source, number) : 0;
	if (around)
		class = python_class(source_text(source, around));
	known->function =
		allocate_printed("%.*s%s%.*s", (int)class.length, class.length ? class.start : "",
				 class.length ? "." : "", (int)name.length, name.start);
	known->handler = *known->call;
	known->handler.function = known->function;
	known->handler.line = number;
	known->handler.inlined = false;
}

/* Is the name that ends at AT what a call is given: no keyword, object of it, or call itself? */
static bool is_given(const char *at, bool may_be_called)
{
	at += source_indent(at);
	if (*at == '.' || (*at == '=' && at[1] != '='))
		return false;
	return *at != '(' || may_be_called;
}

/* Behind the parentheses that AT begins with, if it does. */
static const char *behind_parentheses(const char *at)
{
	unsigned int depth = 0;

	do {
		if (*at == '"' || *at == '\'')
			at = source_string_end(at);
		depth += *at == '(';
		depth -= *at == ')' && depth;
	} while (depth && *++at);
	return *at == ')' ? at + 1 : at;
}

/* Is the name that ends at AT, which a script's line DEFINITION defines, a class to be made? */
static bool makes_object(const struct source *source, const char *at, unsigned int definition)
{
	return source->python && python_class(source_text(source, definition)).length &&
	       *behind_parentheses(at) != '.';
}

/* How a call in the source is searched. */
enum search {
	SEARCH_CALL,
	SEARCH_SPAWN, /* what it is given may be called there: co_spawn(context, serve(socket)) */
	SEARCH_VALUE, /* of a variable that a call is given */
};

static bool find_in_call(const struct source *source, struct known_call *known, unsigned int first,
			 enum search search);

/* A call is given the variable NAME, in line NUMBER: what was that made of? */
static bool find_in_value(const struct source *source, struct known_call *known, struct name name,
			  unsigned int number, enum search search)
{
	unsigned int assignment = search == SEARCH_VALUE ? 0 : assignment_of(source, name, number);

	return assignment && find_in_call(source, known, assignment, SEARCH_VALUE);
}

/* Looks for a handler in what the first call from line FIRST on is given. */
static bool find_in_call(const struct source *source, struct known_call *known, unsigned int first,
			 enum search search)
{
	unsigned int number, depth = 0;
	bool may_be_called = search == SEARCH_SPAWN;
	char before = '\0';

	for (number = first; number < first + CALL_LINES_MAX; number++) {
		const char *at = source_text(source, number);

		for (; at && *at && !(source->python && *at == '#'); at++) {
			struct name name = source_name(at);
			unsigned int definition;

			if (*at == '"' || *at == '\'')
				at = source_string_end(at);
			else if (*at == '(')
				depth++;
			else if (*at == ')' && depth && --depth == 0)
				return false;
			/* A lambda of C++ among the arguments */
			may_be_called |= *at == '[' && depth && (before == '(' || before == ',');
			if (*at != ' ' && *at != '\t')
				before = *at;
			if (!name.length)
				continue;
			at += name.length - 1;
			may_be_called |= source->python && name_is(name, "lambda");
			/* The value of a variable may be an object of a class: Server(). */
			definition = depth || search == SEARCH_VALUE
					     ? definition_of(source, name, known->call->line)
					     : 0;
			if (definition && (is_given(at + 1, may_be_called) ||
					   makes_object(source, at + 1, definition))) {
				set_handler(source, known, name, definition);
				return true;
			}
			if (depth && !definition && is_given(at + 1, false) &&
			    find_in_value(source, known, name, number, search))
				return true;
		}
	}
	return false;
}

/* A method is called of an object, `server.listen(80)`: what was that made of? */
static bool find_in_object(const struct source *source, struct known_call *known)
{
	const char *at = source_text(source, known->call->line);
	struct name name;

	for (; at && *at && *at != '('; at++) {
		name = source_name(at);
		if (!name.length)
			continue;
		at += name.length - 1;
		if (at[1] == '.' &&
		    find_in_value(source, known, name, known->call->line, SEARCH_CALL))
			return true;
	}
	return false;
}

/* In the same block another call is about the same, and is given a function. */
static bool find_beside(const struct source *source, struct known_call *known)
{
	const char *line = source_text(source, known->call->line);
	size_t indent = line ? source_indent(line) : 0;
	struct call_subjects subjects = { .count = 0 };
	unsigned int number;
	int step;

	if (!line || source->python)
		return false;
	add_call_subjects(&subjects, line);
	for (step = 1; step >= -1; step -= 2)
		for (number = known->call->line + (unsigned int)step;
		     number + CALL_LINES_MAX > known->call->line &&
		     number < known->call->line + CALL_LINES_MAX;
		     number += (unsigned int)step) {
			line = source_text(source, number);
			if (!line || (line[source_indent(line)] && source_indent(line) < indent))
				break;
			if (!strchr(line, '(') || !has_call_subject(line, &subjects))
				continue;
			if (find_in_call(source, known, number, SEARCH_CALL))
				return true;
			/* bev = bufferevent_socket_new(base, fd, 0); bufferevent_setcb(bev, ...) */
			if (step > 0)
				add_call_subjects(&subjects, line);
		}
	return false;
}

/* Does LINE hand a coroutine to an event loop? */
static bool is_spawn(const char *line)
{
	static const char *const calls[] = { "co_spawn", "create_task", "ensure_future",
					     "start_soon", "spawn_callback" };
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const char *at = strstr(line, calls[i]);

		if (at && at[strlen(calls[i])] == '(')
			return true;
	}
	return false;
}

/* In the block of the call that accepts or listens, a coroutine is begun for the connection. */
static bool find_spawned(const struct source *source, struct known_call *known)
{
	unsigned int number = known->call->line, last = number + CALL_LINES_MAX;
	const char *line = source_text(source, number);
	size_t indent = line ? source_indent(line) : 0;

	if (!line || (!is_spawn(line) && !strstr(line, "accept") && !strstr(line, "listen")))
		return false;
	for (; line && number < last; line = source_text(source, ++number)) {
		if (line[source_indent(line)] && source_indent(line) < indent)
			return false;
		if (is_spawn(line) && find_in_call(source, known, number, SEARCH_SPAWN))
			return true;
	}
	return false;
}

/* A listener of a library calls a method for each connection, which the program overrides. */
static bool find_override(const struct source *source, struct known_call *known)
{
	static const struct name method = { "incomingConnection", 18 }; /* Qt's QTcpServer */
	const char *call = source_text(source, known->call->line);
	struct name class;
	unsigned int number;

	if (source->python || !call || !strstr(call, "listen"))
		return false;
	number = method_definition_of(source, method, &class);
	if (!number)
		return false;
	known->function =
		allocate_printed("%.*s%s%.*s", (int)class.length, class.length ? class.start : "",
				 class.length ? "::" : "", (int)method.length, method.start);
	known->handler = *known->call;
	known->handler.function = known->function;
	known->handler.line = number;
	known->handler.inlined = false;
	return true;
}

/* What a call of listen() is given is called once it listens. */
static void find_for_node(const struct source *source, struct known_call *known)
{
	static const struct name anonymous = { "<anonymous>", 11 };
	struct node_handler handler = node_handler_of(source, known->call->line);

	if (handler.number)
		set_handler(source, known, handler.name.length ? handler.name : anonymous,
			    handler.number);
}

/* Searches what KNOWN's call registers. */
static void find(const struct source *source, struct known_call *known)
{
	if (node_listens(source, known->call->line)) {
		find_for_node(source, known);
		return;
	}
	known->in_call = find_in_call(source, known, known->call->line, SEARCH_CALL);
	if (!known->in_call && !find_in_object(source, known) && !find_spawned(source, known) &&
	    !find_override(source, known))
		find_beside(source, known);
}

static const struct known_call *known_call_of(struct registered_handlers *handlers,
					      const struct frame *call)
{
	struct known_call *known;

	HASH_FIND_PTR(handlers->calls, &call, known);
	if (!known) {
		struct source source;

		known = allocate_zeroed(1, sizeof(*known));
		known->call = call;
		if (call->file && call->line) {
			source = source_of(handlers->symbolizer, call);
			find(&source, known);
		}
		HASH_ADD_PTR(handlers->calls, call, known);
	}
	return known;
}

const struct frame *registered_handler(struct registered_handlers *handlers,
				       const struct frame *call)
{
	const struct known_call *known = known_call_of(handlers, call);

	return known->handler.line ? &known->handler : NULL;
}

const struct frame *callback_of(struct registered_handlers *handlers, const struct frame *call)
{
	const struct known_call *known = known_call_of(handlers, call);

	return known->in_call && known->handler.line ? &known->handler : NULL;
}

const struct frame *spawned_handler(struct registered_handlers *handlers, const struct frame *call)
{
	struct source source;
	const char *line;

	if (!call->file || !call->line)
		return NULL;
	source = source_of(handlers->symbolizer, call);
	line = source_text(&source, call->line);
	return line && is_spawn(line) ? registered_handler(handlers, call) : NULL;
}
