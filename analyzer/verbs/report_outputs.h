/* SPDX-License-Identifier: MIT */
/* Writes a finished report to the outputs of the command line. */
#ifndef FINLEAK_REPORT_OUTPUTS_H
#define FINLEAK_REPORT_OUTPUTS_H

#include <stdio.h>

#include "analyzer/options/options.h"

/*
 * Writes REPORT in all formats, to STREAM if there is no file. Returns false with one line on
 * stderr for each that could not be written.
 */
bool report_outputs_write(const struct report *report, const struct options *options, FILE *stream);

/*
 * The exit status for REPORT: N of --error-exitcode if there are leaks; 125 if recordings could not
 * be read or, with --error-exitcode, if sockets or children were not judged: a gate that could not
 * look never passes. Prints one line in the latter case: NOT_JUDGED is what was not.
 */
int report_status(const struct report *report, const struct options *options,
		  const char *not_judged);

#endif
