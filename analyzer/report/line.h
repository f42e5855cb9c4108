/* SPDX-License-Identifier: MIT */
/* A line of a report that is put together in parts. */
#ifndef FINLEAK_LINE_H
#define FINLEAK_LINE_H

#include <stdint.h>
#include <stdio.h>

struct line {
	FILE *out;
};

/* "s" but for 1 */
const char *plural(uint64_t count);

/* Begins LINE; what is printed to the result becomes its text. */
FILE *line_begin(struct line *line);

/* Ends LINE and returns its text, which the caller frees; NULL where nothing was printed. */
char *line_end(struct line *line);

#endif
