/* SPDX-License-Identifier: MIT */
/* What the parts of the text report write with. */
#ifndef FINLEAK_TEXT_OUTPUT_H
#define FINLEAK_TEXT_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct text {
	FILE *out;
	bool color;
};

enum style {
	STYLE_PLAIN,
	STYLE_BOLD,
	STYLE_RED,
	STYLE_YELLOW,
	STYLE_DIM,
};

/* What is written between them has STYLE, where TEXT has color. */
void text_begin(const struct text *text, enum style style);
void text_end(const struct text *text);

/* "s" but for 1 */
const char *text_plural(uint64_t count);

/*
 * LABEL and TEXT, broken at blanks into lines of 100 columns (bytes, to be exact) that begin
 * below TEXT. A longer word is left whole.
 */
void text_wrapped(FILE *out, const char *label, const char *text);

#endif
