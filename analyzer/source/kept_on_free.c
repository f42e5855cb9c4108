/* SPDX-License-Identifier: MIT */
#include "analyzer/source/kept_on_free.h"

#include <string.h>

#include "analyzer/source/function_body.h"

/* Calls that make an object over a descriptor, and their argument, from 0 on, for options. */
static const struct maker {
	const char *call;
	unsigned int options;
} makers[] = {
	{ "bufferevent_socket_new", 2 },
	{ "bufferevent_openssl_socket_new", 4 },
	{ "bufferevent_mbedtls_socket_new", 4 },
};

static const char frees[] = "bufferevent_free";
static const char closes[] = "BEV_OPT_CLOSE_ON_FREE";
static const char option[] = "BEV_OPT_";

static const struct maker *maker_of(struct name name)
{
	size_t i;

	for (i = 0; i < sizeof(makers) / sizeof(makers[0]); i++)
		if (name_is(name, makers[i].call))
			return &makers[i];
	return NULL;
}

enum options { OPTIONS_UNKNOWN, OPTIONS_KEEP, OPTIONS_CLOSE };

/* What the call of MAKER that CURSOR is in gives for options. */
static enum options options_in(struct source_cursor *cursor, const struct maker *maker)
{
	struct source_argument argument = { .cursor = cursor, .number = maker->options };
	enum options found = OPTIONS_KEEP;
	struct source_token token;

	while (source_argument_next(&argument, &token)) {
		if (name_is(token.name, closes))
			found = OPTIONS_CLOSE;
		else if (token.name.length && !name_is(token.name, "0") &&
			 strncmp(token.name.start, option, strlen(option)) != 0)
			found = found == OPTIONS_CLOSE ? found : OPTIONS_UNKNOWN;
	}
	return found;
}

static bool makes_only_kept(const struct source *source)
{
	struct source_cursor cursor = source_cursor_of_file(source);
	const struct maker *maker;
	struct source_token token;
	bool found = false;

	while (source_next(&cursor, &token)) {
		maker = maker_of(token.name);
		if (!maker)
			continue;
		if (options_in(&cursor, maker) != OPTIONS_KEEP)
			return false;
		found = true;
	}
	return found;
}

bool is_kept_on_free(struct symbolizer *symbolizer, const struct frame *frame)
{
	struct source_cursor cursor;
	struct source_token token;
	struct function_body body;
	struct source source;

	if (!frame || frame->script || !frame->function || !frame->file || !frame->line)
		return false;
	source = source_of(symbolizer, frame);
	if (!function_body_of(&source, frame, &body))
		return false;
	cursor = function_body_cursor(&source, &body);
	while (function_body_next(&body, &cursor, &token))
		if (name_is(token.name, frees))
			return makes_only_kept(&source);
	return false;
}
