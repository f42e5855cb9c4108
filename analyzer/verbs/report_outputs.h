/* SPDX-License-Identifier: MIT */
/* Writes a finished report to each of the outputs that the command line asked for. */
#ifndef FINLEAK_REPORT_OUTPUTS_H
#define FINLEAK_REPORT_OUTPUTS_H

#include <stdio.h>

#include "analyzer/options/options.h"

/*
 * Writes REPORT in all formats; those without a file go to STREAM. Returns false with a line on
 * stderr for each that could not be written.
 */
bool report_outputs_write(const struct report *report, const struct options *options, FILE *stream);

/*
 * The exit status that REPORT stands for: N of --error-exitcode where there are leaks, 125 where
 * recordings could not be read or, for a gate, where sockets or children went unrecorded: a gate
 * that could not look never passes. Says so in the latter case, with what was NOT_LOOKED_AT.
 */
int report_status(const struct report *report, const struct options *options,
		  const char *not_judged);

#endif
