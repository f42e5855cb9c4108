/* SPDX-License-Identifier: MIT */
#include "analyzer/source/descriptor_flow.h"

#include <string.h>

#include "analyzer/source/function_body.h"

/* A call's line may be that of one of its arguments. */
#define CALL_LINES_MAX 4u

/* What a value is put into, or taken from. */
enum holder {
	HOLDER_NONE,
	HOLDER_VARIABLE, /* `fd` */
	HOLDER_POINTED,  /* `*fd` */
	HOLDER_MEMBER,   /* `client->fd`, `this.fd`, `fd_` */
};

struct expression {
	enum holder holder;
	struct name object; /* its first name */
	struct name name;   /* its last one */
};

/* Names of members that C++ uses without their object. */
static bool is_members_name(struct name name)
{
	return name.length > 2 &&
	       (name.start[name.length - 1] == '_' || strncmp(name.start, "m_", 2) == 0);
}

/* Adds TOKEN, which follows BEFORE, to EXPRESSION; false: it is part of none. */
static bool add_to(struct expression *expression, const struct source_token *token, char before)
{
	char at = *token->at;

	if (token->name.length) {
		/* A type, and its variable */
		if (expression->name.length && before != '.' && before != '>')
			expression->holder = HOLDER_NONE;
		if (!expression->object.length)
			expression->object = token->name;
		expression->name = token->name;
		if (before == '.' || before == '>')
			expression->holder = HOLDER_MEMBER;
		else if (expression->holder != HOLDER_POINTED)
			expression->holder =
				is_members_name(token->name) ? HOLDER_MEMBER : HOLDER_VARIABLE;
		return true;
	}
	if (at == '*' && !expression->name.length)
		expression->holder = HOLDER_POINTED;
	return at == '.' || at == '-' || at == '>' || at == '*' || at == '&';
}

/* Is TOKEN an = that gives something a value? */
static bool assigns(const struct source_token *token, char before)
{
	return token->name.length == 0 && *token->at == '=' && !strchr("=!<>+-|&", before) &&
	       token->at[1] != '=';
}

/*
 * What argument NUMBER of the call is, whose parenthesis CURSOR is in front of, but for an & ahead
 * of it.
 */
static struct expression argument_of(struct source_cursor *cursor, unsigned int number)
{
	struct source_argument argument = { .cursor = cursor, .number = number };
	struct expression expression = { .holder = HOLDER_NONE };
	struct source_token token;
	char before = '\0';
	bool fits = true;

	for (; source_argument_next(&argument, &token); before = *token.at)
		fits &= add_to(&expression, &token, before);
	return fits ? expression : (struct expression){ .holder = HOLDER_NONE };
}

/* Is NAME that of a call, or a word, by which an object is made? */
static bool is_making(struct name name)
{
	static const char *const parts[] = { "new", "create", "make" };
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (name_has_part(name, parts[i]))
			return true;
	/* calloc(), xmalloc(), conn_alloc() */
	return name.length >= 5 && strncmp(name.start + name.length - 5, "alloc", 5) == 0 &&
	       !name_has_part(name, "realloc");
}

/* Does BODY put a new object into the variable NAME? */
static bool is_made_in(const struct source *source, const struct function_body *body,
		       struct name name)
{
	struct source_cursor cursor = function_body_cursor(source, body);
	struct name last = { .length = 0 };
	struct source_token token;
	bool is_value = false;
	char before = '\0';

	if (name_is(name, "this"))
		return false;
	for (; function_body_next(body, &cursor, &token); before = *token.at) {
		if (token.name.length == 0 && strchr(";{}", *token.at))
			is_value = false;
		if (assigns(&token, before))
			is_value = names_are_same(last, name);
		if (is_value && is_making(token.name))
			return true;
		if (token.name.length)
			last = token.name;
	}
	return false;
}

static struct descriptor_flow flow_into(const struct source *source,
					const struct function_body *body,
					struct expression expression)
{
	struct descriptor_flow flow = { .flow = FLOW_UNKNOWN };
	int parameter;

	if (expression.holder == HOLDER_MEMBER)
		return (struct descriptor_flow){
			.flow = is_made_in(source, body, expression.object) ? FLOW_BEGUN
									    : FLOW_KEPT,
			.member = expression.name,
		};
	if (expression.holder != HOLDER_POINTED)
		return flow;
	parameter = function_parameter(source, body, expression.name);
	if (parameter >= 0)
		flow = (struct descriptor_flow){ .flow = FLOW_GIVEN_OUT,
						 .argument = (unsigned int)parameter };
	return flow;
}

/* What becomes of VARIABLE in BODY: the strongest of what it is put into, or returned as. */
static struct descriptor_flow flow_of_variable(const struct source *source,
					       const struct function_body *body,
					       struct name variable)
{
	struct source_cursor cursor = function_body_cursor(source, body);
	struct descriptor_flow found = { .flow = FLOW_NOWHERE, .member = variable }, flow;
	struct expression target = { .holder = HOLDER_NONE }, empty = target;
	bool is_target = true, is_value = false, is_return = false, is_returning = false;
	struct source_token token;
	char before = '\0';

	for (; function_body_next(body, &cursor, &token); before = *token.at) {
		if (token.name.length == 0 && strchr(";{}", *token.at)) {
			target = empty;
			is_target = true;
			is_value = is_return = is_returning = false;
			continue;
		}
		if (assigns(&token, before)) {
			is_value = is_target;
			is_target = false;
			continue;
		}
		if (name_is(token.name, "return")) {
			is_return = is_returning = true;
			is_target = false;
			continue;
		}
		if (is_returning && names_are_same(token.name, variable) &&
		    found.flow == FLOW_NOWHERE)
			found.flow = FLOW_UNKNOWN;
		/* The whole value: no argument of a call, nor compared with something. */
		if ((is_value || is_return) && names_are_same(token.name, variable) &&
		    *cursor.at == ';') {
			flow = is_return ? (struct descriptor_flow){ .flow = FLOW_RETURNED }
					 : flow_into(source, body, target);
			if (flow.flow > found.flow || found.flow <= FLOW_NOWHERE)
				found = flow;
		}
		if (is_target)
			is_target = add_to(&target, &token, before);
		else
			is_value = is_return = false;
	}
	return found;
}

static struct descriptor_flow flow_of_expression(const struct source *source,
						 const struct function_body *body,
						 struct expression expression)
{
	struct descriptor_flow flow = flow_into(source, body, expression), pointed;

	if (expression.holder == HOLDER_VARIABLE)
		flow = flow_of_variable(source, body, expression.name);
	/* A parameter that points where the caller wants it */
	pointed =
		flow_into(source, body,
			  (struct expression){ .holder = HOLDER_POINTED, .name = expression.name });
	if (flow.flow <= FLOW_NOWHERE && expression.holder == HOLDER_VARIABLE &&
	    pointed.flow == FLOW_GIVEN_OUT)
		return pointed;
	return flow;
}

static bool body_of(struct symbolizer *symbolizer, const struct frame *frame, struct source *source,
		    struct function_body *body)
{
	if (!frame->function || !frame->file || !frame->line)
		return false;
	*source = source_of(symbolizer, frame);
	return function_body_around(source, frame->function, frame->line, FUNCTION_LINES_MAX, body);
}

/* In what the line of the call of CALLEE puts its value; *IS_RETURNED: it returns that. */
static struct expression target_of(const struct source *source, unsigned int number,
				   struct name callee, bool *is_returned)
{
	struct source_cursor cursor = source_cursor_at(source, number, number);
	struct expression target = { .holder = HOLDER_NONE }, empty = target, value = target;
	struct source_token token;
	bool is_return, behind_return = false;
	char before = '\0';

	*is_returned = false;
	for (; source_next(&cursor, &token); before = *token.at) {
		if (names_are_same(token.name, callee) && token.name.length)
			return value;
		is_return = name_is(token.name, "return");
		if (is_return)
			*is_returned = true;
		else if (assigns(&token, before)) {
			value = target;
			target = empty;
		} else if (token.name.length == 0 && strchr("(;{}", *token.at)) {
			/* if ((fd = socket(...)) < 0) */
			value = target = empty;
			/* return (connected(port)); */
			*is_returned &= *token.at == '(' && behind_return;
		} else
			add_to(&target, &token, before);
		behind_return = is_return;
	}
	*is_returned = false;
	return empty;
}

/* Finds the call of CALLEE in lines that end with NUMBER, and moves CURSOR behind its name. */
static bool find_call(const struct source *source, unsigned int number, struct name callee,
		      struct source_cursor *cursor)
{
	unsigned int first = number;
	struct source_token token;

	for (; first && first + CALL_LINES_MAX > number; first--) {
		*cursor = source_cursor_at(source, first, first + 2 * CALL_LINES_MAX);
		while (cursor->number <= number && source_next(cursor, &token))
			if (token.number == first && token.name.length &&
			    names_are_same(token.name, callee))
				return true;
	}
	return false;
}

/* Does BODY declare NAME as a variable that ends with it: `struct client client;`? */
static bool is_own_variable(const struct source *source, const struct function_body *body,
			    struct name name)
{
	struct source_cursor cursor = function_body_cursor(source, body);
	struct source_token token;
	bool is_static = false, behind_name = false;

	for (; function_body_next(body, &cursor, &token); behind_name = token.name.length > 0) {
		if (token.name.length == 0 && strchr(";{}", *token.at))
			is_static = false;
		is_static = is_static || name_is(token.name, "static");
		if (token.name.length && names_are_same(token.name, name))
			return behind_name && !is_static;
	}
	return false;
}

bool gives_own_variable(struct symbolizer *symbolizer, const struct frame *frame,
			struct name callee)
{
	struct source_cursor cursor;
	struct source_token token;
	struct function_body body;
	struct source source;
	unsigned int depth = 0;
	char before = '\0', ahead = before;

	if (!body_of(symbolizer, frame, &source, &body) ||
	    !find_call(&source, frame->line, callee, &cursor))
		return false;
	while (function_body_next(&body, &cursor, &token)) {
		depth += token.name.length == 0 && *token.at == '(';
		if (token.name.length && before == '&' && strchr("(,", ahead) &&
		    is_own_variable(&source, &body, token.name))
			return true;
		if (token.name.length == 0 && *token.at == ')' && --depth == 0)
			break;
		ahead = before;
		before = *token.at;
	}
	return false;
}

struct descriptor_flow descriptor_flow_of(struct symbolizer *symbolizer, const struct frame *frame,
					  struct name callee, struct descriptor_flow callee_flow)
{
	struct descriptor_flow flow = { .flow = FLOW_UNKNOWN };
	struct expression expression;
	struct source_cursor cursor;
	struct function_body body;
	struct source source;
	bool is_returned = false;

	if (!body_of(symbolizer, frame, &source, &body) ||
	    !find_call(&source, frame->line, callee, &cursor))
		return flow;
	expression = callee_flow.flow == FLOW_GIVEN_OUT
			     ? argument_of(&cursor, callee_flow.argument)
			     : target_of(&source, cursor.number, callee, &is_returned);
	if (is_returned)
		return (struct descriptor_flow){ .flow = FLOW_RETURNED };
	return flow_of_expression(&source, &body, expression);
}

static struct name named(const char *text)
{
	return (struct name){ .start = text, .length = strlen(text) };
}

struct descriptor_flow descriptor_flow_of_connect(struct symbolizer *symbolizer,
						  const struct frame *frame)
{
	struct descriptor_flow first = { .flow = FLOW_GIVEN_OUT, .argument = 0 };

	return descriptor_flow_of(symbolizer, frame, named("connect"), first);
}

struct descriptor_flow descriptor_flow_of_opening(struct symbolizer *symbolizer,
						  const struct frame *frame)
{
	static const char *const calls[] = { "socket", "accept", "accept4", "connect" };
	struct descriptor_flow flow = { .flow = FLOW_UNKNOWN };
	size_t i;

	for (i = 0; i + 1 < sizeof(calls) / sizeof(calls[0]) && flow.flow == FLOW_UNKNOWN; i++)
		flow = descriptor_flow_of(symbolizer, frame, named(calls[i]),
					  (struct descriptor_flow){ .flow = FLOW_RETURNED });
	return flow.flow == FLOW_UNKNOWN ? descriptor_flow_of_connect(symbolizer, frame) : flow;
}
