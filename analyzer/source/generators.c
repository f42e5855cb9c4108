/* SPDX-License-Identifier: MIT */
#include "analyzer/source/generators.h"

#include <stdint.h>

#include "analyzer/source/function_body.h"

/* Does BODY yield itself, and no function in it? */
static bool yields(const struct source *source, const struct function_body *body)
{
	struct source_cursor cursor = function_body_cursor(source, body);
	struct source_token token;
	size_t inner = SIZE_MAX; /* how far the function in it is indented that the walk is in */
	unsigned int inner_line = 0;

	while (function_body_next(body, &cursor, &token)) {
		size_t indent = source_indent(token.line);

		if (indent > inner || token.number == inner_line)
			continue;
		inner = SIZE_MAX;
		if (name_is(token.name, "yield"))
			return true;
		if (name_is(token.name, "def")) {
			inner = indent;
			inner_line = token.number;
		}
	}
	return false;
}

enum generator generator_of(const struct frame *frame, struct symbolizer *symbolizer)
{
	struct function_body body;
	struct source source;
	const char *above;

	if (!frame || !frame->script || !frame->function || !frame->file || !frame->line)
		return GENERATOR_NOT;
	source = source_of(symbolizer, frame);
	if (!source.python ||
	    !function_body_around(&source, frame->function, frame->line, FUNCTION_LINES_MAX,
				  &body) ||
	    !python_function(body.head).length || !yields(&source, &body))
		return GENERATOR_NOT;
	above = body.first > 2 ? source_text(&source, body.first - 2) : NULL;
	if (above && above[source_indent(above)] == '@')
		return GENERATOR_NOT;
	return source_behind_word(body.head + source_indent(body.head), "async") ? GENERATOR_ASYNC
										 : GENERATOR;
}
