/* SPDX-License-Identifier: MIT */
#include "analyzer/source/kept_in.h"

#include <string.h>

#include "analyzer/source/collection_use.h"
#include "analyzer/source/function_body.h"

/* Words ahead of an expression, or of a variable. */
static const char *const ahead[] = {
	"await", "co_await", "return", "yield", "if",   "while",  "not",
	"const", "let",      "var",    "auto",  "void", "unless", NULL,
};

/* What leaves a path. */
static const char *const leaving[] = { "return", "break", "continue", "raise",
				       "throw",  "goto",  "exit",     NULL };

static struct source_cursor line_cursor(const struct source *source, unsigned int number)
{
	return source_cursor_at(source, number, number);
}

/* The variable that line NUMBER puts a new connection into; LENGTH 0: none. */
static struct name opened_in(const struct source *source, unsigned int number)
{
	struct source_cursor cursor = line_cursor(source, number);
	struct name first = { .length = 0 }, last = first;
	struct source_token token;
	char before = ' ';

	for (; source_next(&cursor, &token); before = *token.at) {
		if (source_assigns(&token, before))
			/* `connection, address = listener.accept()` */
			return source->python ? first : last;
		if (token.name.length == 0 && (!source->python || *token.at != ','))
			break;
		if (token.name.length && !first.length)
			first = token.name;
		if (token.name.length)
			last = token.name;
	}
	return (struct name){ .length = 0 };
}

/* The variable that the call in line NUMBER is made on, or is given first; LENGTH 0: none. */
static struct name used_in(const struct source *source, unsigned int number)
{
	struct source_cursor cursor = line_cursor(source, number);
	const struct name none = { .length = 0 };
	struct source_token token;
	struct name name = none;
	bool is_argument = false;
	char before = ' ';

	for (; source_next(&cursor, &token); before = *token.at) {
		if (source_assigns(&token, before)) {
			name = none;
			is_argument = false;
			continue;
		}
		if (token.name.length) {
			if (is_argument && before != '(')
				return none;
			if (!name_is_one_of(token.name, ahead) && (!name.length || is_argument))
				name = token.name;
			continue;
		}
		if (is_argument)
			return strchr(",)", *token.at) ? name : none;
		if (*token.at == '.' || (*token.at == '-' && token.at[1] == '>'))
			return name;
		is_argument = *token.at == '(' && name.length;
		if (!is_argument && !strchr("(!,", *token.at))
			return none;
	}
	return none;
}

static size_t indent_of(const struct source *source, unsigned int number)
{
	const char *line = source_text(source, number);

	return line ? source_indent(line) : 0;
}

static bool leaves(const struct source *source, unsigned int number)
{
	struct source_cursor cursor = line_cursor(source, number);
	struct source_token token;

	while (source_next(&cursor, &token))
		if (name_is_one_of(token.name, leaving))
			return true;
	return false;
}

/*
 * Is line KEEPS on the way of line SITE: in its block or in one around that, by their indents, and
 * reached from there?
 */
static bool is_on_way(const struct source *source, unsigned int site, unsigned int keeps)
{
	unsigned int number = site < keeps ? site : keeps, last = site < keeps ? keeps : site;
	size_t indent = indent_of(source, keeps);
	const char *line;

	if (indent > indent_of(source, site))
		return false;
	while (++number < last) {
		line = source_text(source, number);
		if (!line)
			return false;
		if (line[source_indent(line)] == '\0')
			continue;
		if (source_indent(line) < indent || (site < keeps && leaves(source, number)))
			return false;
	}
	return true;
}

/* Is one of the arguments of the call, whose parenthesis CURSOR is behind, VARIABLE? */
static bool is_given(struct source_cursor cursor, struct name variable)
{
	bool is_alone = true, is_variable = false;
	struct source_token token;
	unsigned int depth = 1;

	while (source_next(&cursor, &token)) {
		bool is_symbol = token.name.length == 0;

		depth -= is_symbol && strchr(")]}", *token.at);
		if (depth == 0 || (depth == 1 && is_symbol && *token.at == ',')) {
			if (is_alone && is_variable)
				return true;
			if (depth == 0)
				return false;
			is_alone = true;
			is_variable = false;
			continue;
		}
		depth += is_symbol && strchr("([{", *token.at);
		/* std::move(VARIABLE) */
		if (name_is(token.name, "std") || name_is(token.name, "move") ||
		    (is_symbol && strchr(":()", *token.at)))
			continue;
		is_alone &= !is_variable && names_are_same(token.name, variable);
		is_variable = is_alone;
	}
	return false;
}

/* Moves CURSOR behind the index that it is in, and the =; is what follows VARIABLE, and no more? */
static bool is_put_at(struct source_cursor *cursor, struct name variable)
{
	struct source_token token;
	unsigned int depth = 1, number;

	while (depth && source_next(cursor, &token))
		depth += strchr("[(", *token.at) ? 1 : strchr("])", *token.at) ? -1 : 0;
	if (!source_next(cursor, &token) || !source_assigns(&token, ' ') ||
	    !source_next(cursor, &token) || !names_are_same(token.name, variable))
		return false;
	number = token.number;
	return !source_next(cursor, &token) || *token.at == ';' || token.number != number;
}

/* `self.streams`, before a method or an index: its first name, its last one, and all of it. */
struct chain {
	struct name first, last, whole;
	const char *line; /* that it is in */
};

static void add_to_chain(struct chain *chain, const struct source_token *token, bool goes_on)
{
	if (!goes_on)
		*chain = (struct chain){ .first = token->name, .whole = token->name };
	chain->last = token->name;
	chain->line = token->line;
	chain->whole.length = (size_t)(token->name.start + token->name.length - chain->whole.start);
}

/* Finds where BODY puts VARIABLE into what; false: nowhere on the way of line SITE. */
static bool find_keeping(const struct source *source, const struct function_body *body,
			 unsigned int site, struct name variable, struct chain *kept,
			 unsigned int *number)
{
	struct source_cursor cursor = function_body_cursor(source, body);
	struct chain chain = { .last.length = 0 }, before = chain;
	struct source_token token;
	bool goes_on = false;

	while (function_body_next(body, &cursor, &token)) {
		struct source_cursor inside = cursor;

		if (token.name.length) {
			goes_on = goes_on && token.line == chain.line;
			before = goes_on ? chain : (struct chain){ .last.length = 0 };
			add_to_chain(&chain, &token, goes_on);
			goes_on = false;
			continue;
		}
		if ((*token.at == '(' && before.last.length && puts_into_collection(chain.last) &&
		     is_given(inside, variable)) ||
		    (*token.at == '[' && chain.last.length && is_put_at(&inside, variable))) {
			*kept = *token.at == '(' ? before : chain;
			*number = token.number;
			/* What stands ahead of it in its line may be a condition. */
			if (kept->whole.start == token.line + source_indent(token.line) &&
			    is_on_way(source, site, *number))
				return true;
		}
		goes_on = (*token.at == '.' || (*token.at == '-' && token.at[1] == '>') ||
			   (*token.at == '>' && token.at > token.line && token.at[-1] == '-')) &&
			  chain.last.length;
		if (!goes_on)
			chain = before = (struct chain){ .last.length = 0 };
	}
	return false;
}

/* Does BODY give NAME a value, or declare it, so that it ends with BODY? */
static bool is_own(const struct source *source, const struct function_body *body, struct name name)
{
	struct source_cursor cursor = function_body_cursor(source, body);
	struct source_token token;
	bool is_name = false, was_name = false;
	char before = ' ';

	if (name_is(name, "self") || name_is(name, "this"))
		return false;
	if (function_parameter(source, body, name) >= 0)
		return true;
	for (; function_body_next(body, &cursor, &token); before = *token.at) {
		if (is_name && source_assigns(&token, before))
			return true;
		is_name = names_are_same(token.name, name);
		/* A type's name, or what ends one, stands in front of what is declared. */
		if (is_name && ((was_name && !source->python) || before == '>' || before == '*' ||
				before == '&'))
			return true;
		was_name = token.name.length > 0;
	}
	return false;
}

struct kept_in kept_in_of(struct symbolizer *symbolizer, const struct frame *frame, bool is_opened)
{
	struct kept_in kept = { .number = 0 }, none = kept;
	struct function_body body;
	struct source source;
	struct chain chain;
	struct name variable;

	if (!frame || !frame->function || !frame->file || !frame->line)
		return none;
	source = source_of(symbolizer, frame);
	if (!function_body_of(&source, frame, &body))
		return none;
	variable = is_opened ? opened_in(&source, frame->line) : used_in(&source, frame->line);
	/* The streams of asyncio are two of one connection. */
	if (source.python && name_is(variable, "reader"))
		variable = (struct name){ "writer", strlen("writer") };
	if (!variable.length || name_is(variable, "self") || name_is(variable, "this") ||
	    !find_keeping(&source, &body, frame->line, variable, &chain, &kept.number) ||
	    is_own(&source, &body, chain.first) ||
	    !stays_in_collection(&source, chain.last, kept.number))
		return none;
	kept.collection = chain.whole;
	kept.variable = variable;
	return kept;
}
