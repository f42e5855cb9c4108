/* SPDX-License-Identifier: MIT */
#include "analyzer/source/qt_signals.h"

#include <string.h>

/* Which argument of connect() is the signal, from 0 on. */
#define SIGNAL 1

/*
 * Moves CURSOR, in front of the parenthesis of connect(), behind its arguments. The slot is the
 * last of them: its name is the last word there, but for what std::bind() gives it. False: the
 * signal is not that for data.
 */
static bool connects_data(struct source_cursor *cursor, struct qt_slot *slot)
{
	struct source_token token;
	bool is_data = false, begins = true, is_bound = false, is_named = false;
	struct source_cursor ahead = *cursor;
	unsigned int depth = 0, argument = 0;

	for (; source_next(cursor, &token); ahead = *cursor) {
		bool is_symbol = token.name.length == 0;

		if (is_symbol && strchr(")]}", *token.at) && depth && --depth == 0)
			break;
		is_data |= argument == SIGNAL && name_is(token.name, "readyRead");
		if (is_symbol && *token.at == ',' && depth == 1) {
			begins = true;
			argument++;
			continue;
		}
		if (begins && depth == 1) {
			slot->name.length = 0;
			slot->number = is_symbol && *token.at == '[' ? token.number : 0;
			slot->lambda = ahead;
			begins = is_bound = is_named = false;
		}
		is_bound |= name_is(token.name, "bind");
		is_named |= is_bound && is_symbol && *token.at == ',';
		if (!is_symbol && !slot->number && !is_named)
			slot->name = token.name;
		depth += is_symbol && strchr("([{", *token.at);
		if (depth == 0)
			return false;
	}
	return is_data && (slot->number || slot->name.length);
}

bool qt_data_slot(const struct source *source, const struct function_body *body,
		  struct qt_slot *slot)
{
	struct source_cursor cursor = function_body_cursor(source, body);
	struct source_token token;
	bool found = false;

	while (function_body_next(body, &cursor, &token)) {
		struct qt_slot next = { .call = token.number };

		if (!name_is(token.name, "connect") || !connects_data(&cursor, &next))
			continue;
		/* Which of two has what was left unread can't be known. */
		if (found)
			return false;
		*slot = next;
		found = true;
	}
	return found;
}

unsigned int qt_buffer_limit(const struct source *source, const struct function_body *body)
{
	struct source_cursor cursor = function_body_cursor(source, body);
	struct source_token token;

	while (function_body_next(body, &cursor, &token))
		if (name_is(token.name, "setReadBufferSize"))
			return token.number;
	return 0;
}
