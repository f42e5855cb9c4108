/* SPDX-License-Identifier: MIT */
#include "analyzer/source/source_cursor.h"

#include <string.h>

/* A longer file is not read to its end. */
#define FILE_LINES_MAX 20000u

struct source_cursor source_cursor_at(const struct source *source, unsigned int first,
				      unsigned int last)
{
	const char *line = source_text(source, first);

	return (struct source_cursor){ source, first, last, line, line, false };
}

struct source_cursor source_cursor_of_file(const struct source *source)
{
	return source_cursor_at(source, 1, FILE_LINES_MAX);
}

/* Behind the comment, or text of a script, that goes on at AT; NULL: it ends in a later line. */
static const char *behind_comment(const struct source *source, const char *at)
{
	const char *end = strstr(at, source->python ? "\"\"\"" : "*/");

	if (!end && source->python)
		end = strstr(at, "\'\'\'");
	return end ? end + (source->python ? 3 : 2) : NULL;
}

static bool begins_comment(const struct source *source, const char *at)
{
	if (!source->python)
		return strncmp(at, "/*", 2) == 0;
	return strncmp(at, "\"\"\"", 3) == 0 || strncmp(at, "\'\'\'", 3) == 0;
}

static bool begins_rest(const struct source *source, const char *at)
{
	return source->python ? *at == '#' : strncmp(at, "//", 2) == 0;
}

static bool next_line(struct source_cursor *cursor)
{
	if (!cursor->line || cursor->number >= cursor->last)
		return false;
	*cursor = source_cursor_at(cursor->source, cursor->number + 1, cursor->last);
	return cursor->line;
}

/* Moves CURSOR to what is no blank and in no comment, of its line; false: there is none. */
static bool skip_to_code(struct source_cursor *cursor)
{
	while (cursor->at) {
		cursor->at += strspn(cursor->at, " \t\r\n");
		if (!*cursor->at || begins_rest(cursor->source, cursor->at))
			return false;
		if (!begins_comment(cursor->source, cursor->at))
			return true;
		cursor->at = behind_comment(cursor->source,
					    cursor->at + (cursor->source->python ? 3 : 2));
	}
	cursor->in_comment = true;
	return false;
}

/* Does a string begin at AT? The names of Rust's lifetimes begin with half of one. */
static bool begins_string(const struct source *source, const char *at)
{
	if (*at == '\'' && source->rust)
		return at[1] == '\\' || (at[1] && at[2] == '\'');
	return *at == '"' || *at == '\'' || *at == '`';
}

bool source_next(struct source_cursor *cursor, struct source_token *token)
{
	while (cursor->line && !skip_to_code(cursor)) {
		bool in_comment = cursor->in_comment;

		if (!next_line(cursor))
			return false;
		if (!in_comment)
			continue;
		cursor->at = behind_comment(cursor->source, cursor->line);
		cursor->in_comment = !cursor->at;
	}
	if (!cursor->line)
		return false;
	*token = (struct source_token){ source_name(cursor->at), cursor->at, cursor->line,
					cursor->number };
	if (token->name.length)
		cursor->at += token->name.length;
	else if (begins_string(cursor->source, cursor->at))
		cursor->at = source_string_end(cursor->at) + 1;
	else
		cursor->at++;
	return true;
}

bool source_argument_next(struct source_argument *argument, struct source_token *token)
{
	while (source_next(argument->cursor, token)) {
		bool is_symbol = token->name.length == 0, is_part;

		if (is_symbol && strchr(")]}", *token->at) && --argument->depth == 0)
			return false;
		is_part = argument->depth >= 1 && argument->at == argument->number;
		if (argument->depth == 1 && *token->at == ',') {
			argument->at++;
			is_part = false;
		}
		argument->depth += is_symbol && strchr("([{", *token->at);
		if (argument->depth == 0)
			return false;
		if (is_part)
			return true;
	}
	return false;
}

bool source_assigns(const struct source_token *token, char before)
{
	return token->name.length == 0 && *token->at == '=' && !strchr("=!<>+-|&*/%:^", before) &&
	       token->at[1] != '=' && token->at[1] != '>';
}
