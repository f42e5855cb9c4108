/* SPDX-License-Identifier: MIT */
/* Words of source text, line by line: no parser, what is not clear is not found. */
#ifndef FINLEAK_SOURCE_WORDS_H
#define FINLEAK_SOURCE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/symbolize/symbolize.h"

/* A file that a frame is in. Refers to its members. */
struct source {
	struct symbolizer *symbolizer;
	const char *file;
	bool python; /* else a language with braces */
	bool javascript;
	bool rust; /* where the last expression of a function is its result */
};

/* A part of a line; it lives as long as the symbolizer. */
struct name {
	const char *start;
	size_t length; /* 0: none */
};

/* The source of FRAME, which has a file. */
struct source source_of(struct symbolizer *symbolizer, const struct frame *frame);

/* Line NUMBER; NULL: there is none, or the file can't be read. */
const char *source_text(const struct source *source, unsigned int number);

/* How many blanks LINE begins with. */
size_t source_indent(const char *line);

/* Is CHARACTER one of those that names are made of? */
bool source_is_name(char character);

/* The name that begins at AT; LENGTH 0: none does. */
struct name source_name(const char *at);

bool names_are_same(struct name a, struct name b);

/* Is NAME this TEXT? */
bool name_is(struct name name, const char *text);

/* Is NAME one of WORDS, which NULL ends? */
bool name_is_one_of(struct name name, const char *const *words);

/* Is WORD a part of NAME, at its start, behind a _ or as a capitalized one? */
bool name_has_part(struct name name, const char *word);

/* Is WORD in LINE? */
bool source_has_word(const char *line, struct name word);

/* Behind WORD and the blanks after it; NULL: AT does not begin with WORD. */
const char *source_behind_word(const char *at, const char *word);

/* Where the string that begins at AT, a quote, ends: at its last character. */
const char *source_string_end(const char *at);

/* The function that LINE of a Python script begins to define; LENGTH 0: none. */
struct name python_function(const char *line);

#endif
