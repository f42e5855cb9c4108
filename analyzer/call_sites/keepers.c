/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/keepers.h"

#include "analyzer/call_sites/function_body.h"

/* Functions that return what another one has opened. */
#define RETURNS_MAX 4

/* What a line does with what a call in it returns. */
enum result_use { USES_OTHERWISE, RETURNS_RESULT, KEEPS_RESULT };

/* Is a member, `client->fd` or `self.sock`, in front of the = in LINE at AT? */
static bool is_member(const char *line, const char *at)
{
	const char *end = at;

	while (end > line && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	for (at = end; at > line && source_is_name(at[-1]); at--)
		;
	if (at == end || at == line)
		return false;
	return (at[-1] == '.' && at > line + 1) ||
	       (at > line + 1 && at[-1] == '>' && at[-2] == '-');
}

/* What line NUMBER of SOURCE does with the result of the function NAME. */
static enum result_use use_in(const struct source *source, unsigned int number, struct name name)
{
	struct source_cursor cursor = source_cursor_at(source, number, number);
	enum result_use use = USES_OTHERWISE;
	struct source_token token;
	char before = '\0';

	for (; source_next(&cursor, &token); before = *token.at) {
		if (names_are_same(token.name, name) && token.name.length)
			return use;
		if (name_is(token.name, "return"))
			use = RETURNS_RESULT;
		if (*token.at == '=' && before != '=' && token.at[1] != '=')
			use = is_member(token.line, token.at) ? KEEPS_RESULT : USES_OTHERWISE;
		else if (token.name.length == 0 && *token.at == '(')
			use = USES_OTHERWISE;
	}
	return USES_OTHERWISE;
}

/* What the caller of FRAME's function, in front of END, does with its result. */
static enum result_use use_by_caller(struct symbolizer *symbolizer, const struct frame *frame,
				     const struct frame *end, const char *executable,
				     const struct own_globs *globs)
{
	const struct frame *caller = frame + 1;
	struct source source;

	if (caller >= end || !frame->function || !caller->file || !caller->line ||
	    !own_code_is_own(caller, executable, globs))
		return USES_OTHERWISE;
	source = source_of(symbolizer, caller);
	return use_in(&source, caller->line, function_plain_name(frame->function));
}

const struct frame *hander_out_of(struct symbolizer *symbolizer, const struct frame *frame,
				  const struct frame *end, const char *executable,
				  const struct own_globs *globs)
{
	const struct frame *first = frame;
	size_t i;

	for (i = 0; i < RETURNS_MAX; i++, frame++)
		if (use_by_caller(symbolizer, frame, end, executable, globs) != RETURNS_RESULT)
			break;
	return frame == first ? NULL : frame;
}

const struct frame *keeper_of(struct symbolizer *symbolizer, const struct frame *frame,
			      const struct frame *end, const char *executable,
			      const struct own_globs *globs)
{
	const struct frame *last = hander_out_of(symbolizer, frame, end, executable, globs);

	last = last ? last : frame;
	return use_by_caller(symbolizer, last, end, executable, globs) == KEEPS_RESULT ? last + 1
										       : NULL;
}
