/* SPDX-License-Identifier: MIT */
#include "analyzer/source/hangup_check.h"

#include <string.h>

#include "analyzer/source/source_cursor.h"

/* Does TOKEN go on with what stands behind a &: `(EPOLLHUP | EPOLLRDHUP)`? */
static bool is_of_mask(const struct source_token *token)
{
	if (token->name.length)
		return token->name.length > 5 && strncmp(token->name.start, "EPOLL", 5) == 0;
	return strchr("(|&", *token->at) != NULL;
}

unsigned int hangup_check(struct symbolizer *symbolizer, const struct frame *frame)
{
	struct source_cursor cursor;
	struct source_token token;
	struct source source;
	unsigned int line = 0;
	bool in_mask = false;

	if (!frame->file || frame->script)
		return 0;
	source = source_of(symbolizer, frame);
	cursor = source_cursor_of_file(&source);
	while (source_next(&cursor, &token)) {
		in_mask =
			is_of_mask(&token) && (in_mask || (!token.name.length && *token.at == '&'));
		if (!in_mask || !name_is(token.name, "EPOLLRDHUP"))
			continue;
		if (line && line != token.number)
			return 0;
		line = token.number;
	}
	return line;
}
