/* SPDX-License-Identifier: MIT */
/* What the parts of the text report write with. Columns are those of a terminal. */
#ifndef FINLEAK_TEXT_OUTPUT_H
#define FINLEAK_TEXT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Of a pipe, a file, and a terminal whose width is unknown. */
#define TEXT_WIDTH 80

struct text {
	FILE *out;
	bool color;
	unsigned int width; /* columns; 0: TEXT_WIDTH */
};

enum style {
	STYLE_PLAIN,
	STYLE_BOLD,
	STYLE_RED,
	STYLE_YELLOW,
	STYLE_DIM,
};

/* The columns of the terminal that OUT is; TEXT_WIDTH if it is none. */
unsigned int text_width_of(FILE *out);

/* How many columns there are on a line of TEXT. */
unsigned int text_width(const struct text *text);

/* What is written between them has STYLE, where TEXT has color. */
void text_begin(const struct text *text, enum style style);
void text_end(const struct text *text);

/* ANY so that it can be printed: utf8_print_escaped(). The caller frees it. */
char *text_escaped(const char *any);

/* How many columns ESCAPED takes. */
size_t text_columns(const char *escaped);

/* Prints ESCAPED on at most COLUMNS; one that is longer ends (FROM_END: begins) with "…". */
void text_print_cut(FILE *out, const char *escaped, size_t columns, bool from_end);

/*
 * Prints LABEL and ANY, broken at blanks into lines that begin below ANY's first word. Lines are no
 * longer than those of TEXT, and than can be read well. Returns how many it has printed.
 */
size_t text_wrapped(const struct text *text, const char *label, const char *any);

#endif
