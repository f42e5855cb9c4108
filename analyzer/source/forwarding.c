/* SPDX-License-Identifier: MIT */
#include "analyzer/source/forwarding.h"

#include <string.h>

#include "analyzer/source/carriers.h"
#include "analyzer/source/function_reading.h"

/* Who does more than make a call needs more lines; who peeks may look at what it got. */
#define BODY_LINES_MAX 10u
#define PEEK_LINES_MAX 20u
/* Who reads into a buffer of its own has to prepare that, and to account for what came. */
#define FILL_LINES_MAX 24u
/* A call's line may be that of one of its arguments. */
#define CALL_LINES 3u

/* Behind the parenthesis that opens a call of NAME in LINE; NULL: there is none. */
static const char *behind_call_in(const char *line, struct name name)
{
	for (; line && *line; line++) {
		struct name word = source_name(line);
		const char *behind = line + word.length;

		if (!word.length)
			continue;
		behind += source_indent(behind);
		if (names_are_same(word, name) && *behind == '(')
			return behind + 1;
		line += word.length - 1;
	}
	return NULL;
}

/* The same in the line of CALLER, or those before. */
static const char *behind_call(struct symbolizer *symbolizer, const struct frame *caller,
			       struct name name)
{
	const struct source source = source_of(symbolizer, caller);
	const char *found = NULL;
	unsigned int number;

	for (number = caller->line; !found && number && number + CALL_LINES > caller->line;
	     number--)
		found = behind_call_in(source_text(&source, number), name);
	return found;
}

/* A function of C has no object, either: ARGUMENTS are all that it gets. */
static bool is_given_nothing(const struct frame *caller, const char *arguments)
{
	const char *ending = strrchr(caller->file, '.');

	return ending && strcmp(ending, ".c") == 0 && arguments[source_indent(arguments)] == ')';
}

/* Does the function read into a buffer, and leave it to its caller to find the end? */
static bool fills_given(const struct function_reading *reading)
{
	return reading->fills && reading->reads_given && reading->returns && !reading->judges &&
	       !reading->keeps && reading->calls == reading->before_read + 1;
}

static enum forwarding forwarding_by(const struct function_reading *reading)
{
	const struct function_body *body = reading->body;

	/* It says who is to handle what comes. */
	if (reading->hands_over)
		return FORWARDS_NOTHING;
	if (reading->peeks && reading->behind_peek == 0 && reading->answers && !reading->keeps &&
	    body->last - body->first <= PEEK_LINES_MAX)
		return FORWARDS_PEEK;
	if (fills_given(reading))
		return FORWARDS_READ;
	if (reading->calls != 1 || body->last - body->first > BODY_LINES_MAX)
		return FORWARDS_NOTHING;
	if (!reading->returns || reading->ends || reading->judges || reading->keeps ||
	    reading->keeps_before)
		return FORWARDS_CALL;
	return reading->reads ? FORWARDS_READ : FORWARDS_RESULT;
}

/* By all that the function does; ARGUMENTS are what CALLER gives it. */
static enum forwarding forwarding_in(const struct source *source, const struct function_body *body,
				     const struct frame *caller, const char *arguments)
{
	struct function_reading reading = { .body = body };
	enum forwarding found;

	if (body->last - body->first > FILL_LINES_MAX)
		return FORWARDS_NOTHING;
	function_read(source, &reading);
	found = forwarding_by(&reading);
	/* It calls on what its caller has not chosen, and keeps what comes of it. */
	return found == FORWARDS_CALL && is_given_nothing(caller, arguments) ? FORWARDS_NOTHING
									     : found;
}

enum forwarding forwarding_of(struct symbolizer *symbolizer, const struct frame *frame,
			      const struct frame *caller)
{
	enum forwarding found, carries = FORWARDS_NOTHING;
	struct function_body body;
	enum carrying carrying;
	const char *arguments;
	struct source source;

	if (!frame->function || !frame->file || !frame->line || !caller->file || !caller->line)
		return FORWARDS_NOTHING;
	source = source_of(symbolizer, frame);
	if (!function_body_around(&source, frame->function, frame->line, CARRIER_LINES_MAX, &body))
		return FORWARDS_NOTHING;
	arguments = behind_call(symbolizer, caller, body.name);
	if (!arguments)
		return FORWARDS_NOTHING;
	found = forwarding_in(&source, &body, caller, arguments);
	carrying = carrying_of(&source, &body, frame->line);
	if (carrying)
		carries = carrying == CARRIES_IN ? FORWARDS_READ : FORWARDS_RESULT;
	return found > carries ? found : carries;
}
