/* SPDX-License-Identifier: MIT */
/* Where `finleak watch` writes its report: on a key, and at the end. */
#ifndef FINLEAK_WATCH_OUTPUTS_H
#define FINLEAK_WATCH_OUTPUTS_H

#include "analyzer/options/options.h"

/*
 * Writes REPORT to the outputs that were ASKED for; those without a file go to UNNAMED (NULL:
 * nowhere). Returns false with a line on stderr for each that could not be written.
 */
bool watch_outputs_write(const struct report *report, const struct options *asked,
			 const char *unnamed);

/* Can a file be put in the place of PATH? Prints a line on stderr if not. */
bool watch_outputs_check_textfile(const char *path);

/*
 * Puts REPORT as OpenMetrics in the place of the file PATH: a reader finds the old one or the new
 * one, whole. Returns false with a line on stderr if that failed.
 */
bool watch_outputs_textfile(const struct report *report, const char *path);

/* A file name, by the time, for an output of FORMAT that has none. The caller frees it. */
char *watch_outputs_name(const struct format *format);

#endif
