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
};

/* The one called NAME, NULL: the default; returns NULL where there is none. */
const struct format *format_by_name(const char *name);

/* The names of all, "text, json or github"; the caller frees it. */
char *format_names(void);

#endif
