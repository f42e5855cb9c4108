/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/owners.h"

#include <string.h>
#include <strings.h>

#include "analyzer/call_sites/divergence.h"
#include "analyzer/source/descriptor_flow.h"
#include "analyzer/source/function_body.h"

/* The arguments of a call may stand so many lines around that of its frame. */
#define CALL_LINES 2u

/* What the function of FRAME, one of OPENED's, does with what its call has opened. */
static struct descriptor_flow flow_at(struct symbolizer *symbolizer, const struct backtrace *opened,
				      const struct frame *frame)
{
	const struct descriptor_flow returned = { .flow = FLOW_RETURNED };

	if (frame == opened->named)
		return descriptor_flow_of_opening(symbolizer, frame);
	if (!frame[-1].function)
		return (struct descriptor_flow){ .flow = FLOW_UNKNOWN };
	return descriptor_flow_of(symbolizer, frame, function_plain_name(frame[-1].function),
				  returned);
}

/* Is VARIABLE named where line NUMBER of SOURCE makes a call? */
static bool is_given(const struct source *source, unsigned int number, struct name variable)
{
	unsigned int i;

	for (i = number > CALL_LINES ? number - CALL_LINES : 1; i <= number + CALL_LINES; i++)
		if (source_text(source, i) && source_has_word(source_text(source, i), variable))
			return true;
	return false;
}

static bool is_close(struct name name)
{
	static const char word[] = "close";
	size_t i;

	for (i = 0; i + strlen(word) <= name.length; i++)
		if (strncasecmp(name.start + i, word, strlen(word)) == 0)
			return true;
	return false;
}

/* Does BODY close VARIABLE behind line NUMBER? */
static bool closes_behind(const struct source *source, const struct function_body *body,
			  unsigned int number, struct name variable)
{
	struct source_cursor cursor = function_body_cursor(source, body);
	struct name called = { .length = 0 };
	struct source_token token;
	bool in_close = false;

	while (function_body_next(body, &cursor, &token)) {
		if (token.name.length == 0 && *token.at == '(')
			in_close = is_close(called);
		else if (token.name.length == 0 && strchr("),;", *token.at))
			in_close = false;
		else if (in_close && token.number > number && names_are_same(token.name, variable))
			return true;
		called = token.name;
	}
	return false;
}

const struct frame *owner_of(struct symbolizer *symbolizer, const struct backtrace *decided,
			     const struct backtrace *opened)
{
	const struct divergence parts = divergence_of(decided->named, decided->named_count,
						      opened->named, opened->named_count);
	struct descriptor_flow flow;
	struct function_body body;
	struct source source;

	if (!parts.here || !parts.here->function || !parts.here->file || !parts.here->line)
		return NULL;
	flow = flow_at(symbolizer, opened, parts.closing);
	if (flow.flow != FLOW_NOWHERE)
		return NULL;
	source = source_of(symbolizer, parts.here);
	if (!function_body_around(&source, parts.here->function, parts.here->line,
				  FUNCTION_LINES_MAX, &body) ||
	    !is_given(&source, parts.here->line, flow.member) ||
	    !closes_behind(&source, &body, parts.here->line, flow.member))
		return NULL;
	return parts.here;
}
