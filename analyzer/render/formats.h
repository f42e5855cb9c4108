/* SPDX-License-Identifier: MIT */
/* The table of formats that a report can be written in: one row each (docs/HOWTO_ADD_A_FORMAT.md).
 */
#ifndef FINLEAK_FORMATS_H
#define FINLEAK_FORMATS_H

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/report/report.h"

struct format {
	const char *name;      /* of --format */
	const char *extension; /* of a file in that format, without a dot */
	/* Writes REPORT to OUT. COLOR: OUT is a terminal that wants colors. */
	void (*render)(const struct report *report, FILE *out, bool color);
	bool joins_lines; /* the start of a line and blanks there mean nothing */
	bool own_lines;   /* what does not begin at the start of a line is not recognised */
	bool is_binary;   /* of no use among lines: it needs an --output */
	/* A variable of the environment that is "true" where `finleak run` writes this format to
	 * standard error unasked; NULL: never. */
	const char *unasked_where;
	/* A variable that names a file which gets a summary whenever this is written, appended by
	 * SUMMARIZE; NULL none. */
	const char *summary_variable;
	void (*summarize)(const struct report *report, FILE *out, bool color);
};

/* The one called NAME, NULL: the default; returns NULL where there is none. */
const struct format *format_by_name(const char *name);

/* Row NUMBER of the table, from 0; NULL: there are no more. */
const struct format *format_at(size_t number);

/* The names of all, "text, json or github"; the caller frees it. */
char *format_names(void);

#endif
