/* SPDX-License-Identifier: MIT */
/* A walk through source text, from word to word: comments and what stands in strings is left out.
 */
#ifndef FINLEAK_SOURCE_CURSOR_H
#define FINLEAK_SOURCE_CURSOR_H

#include "analyzer/source/source_words.h"

/* Where the walk is. The caller fills in all but the last member, and zeroes that. */
struct source_cursor {
	const struct source *source;
	unsigned int number; /* of the line */
	unsigned int last;   /* the last line that is read */
	const char *line;    /* line NUMBER; NULL: it can't be read */
	const char *at;      /* in LINE; ignored where LINE is NULL */
	bool in_comment;     /* a block's, or a text of a script */
};

/* A word, or another character: a quote stands for its string. No longer than its line. */
struct source_token {
	struct name name; /* LENGTH 0: it is no word */
	const char *at;   /* its first character */
	const char *line; /* that it is in */
	unsigned int number;
};

/* From the beginning of line FIRST of SOURCE to the end of line LAST. */
struct source_cursor source_cursor_at(const struct source *source, unsigned int first,
				      unsigned int last);

/* The whole file; of a longer one than any that is written by hand only the beginning. */
struct source_cursor source_cursor_of_file(const struct source *source);

/* The next one of CURSOR's; false: it is at its end. */
bool source_next(struct source_cursor *cursor, struct source_token *token);

/* Is TOKEN the = that gives a value to what stands in front of it? BEFORE is the character there.
 */
bool source_assigns(const struct source_token *token, char before);

/* A walk through one argument of a call. The caller fills in the first two, and zeroes the rest. */
struct source_argument {
	struct source_cursor *cursor; /* in front of the call's parenthesis */
	unsigned int number;          /* of the argument, from 0 on */
	unsigned int at, depth;
};

/* The next one of ARGUMENT's; false: the cursor is behind the call. */
bool source_argument_next(struct source_argument *argument, struct source_token *token);

#endif
