/* SPDX-License-Identifier: MIT */
/* Writes a finished report to the outputs of the command line. */
#ifndef FINLEAK_REPORT_OUTPUTS_H
#define FINLEAK_REPORT_OUTPUTS_H

#include <stdio.h>

#include "analyzer/options/options.h"

/*
 * Writes REPORT in all formats: to a file, to standard output (-), or to STREAM if no file is
 * named. JSON on standard error is one line. Returns false with one line on stderr for each that
 * could not be written.
 */
bool report_outputs_write(const struct report *report, const struct options *options, FILE *stream);

/*
 * Writes REPORT to standard error in each format that belongs there without being asked for: where
 * the environment is that of the CI system that reads it. As report_outputs_write otherwise.
 */
bool report_outputs_write_unasked(const struct report *report, const struct options *options);

/*
 * Can the files of OPTIONS be written? Nothing is created or changed by that. Returns false with
 * one line on stderr for each that can't.
 */
bool report_outputs_check(const struct options *options);

/* Does what is written to STREAM have colors? */
bool report_outputs_want_color(const struct options *options, FILE *stream);

/* Prints that NAME, which may be any file's, could not be written. Always false. */
bool report_outputs_cannot_write(const char *name, int failure);

/* Prints one line on stderr, what REPORT found and where it is, unless the report goes there. */
void report_outputs_summarize(const struct report *report, const struct options *options);

/*
 * With --update-baseline, writes REPORT's leaks to the baseline's file; not if there are recordings
 * that could not be read: their leaks would count as fixed. Returns false with one line on stderr.
 */
bool report_outputs_update_baseline(const struct report *report, const struct options *options);

/*
 * The exit status for REPORT: N of --error-exitcode if there are leaks that count and that no
 * --update-baseline has made known; 125 if recordings could not be read or, with --error-exitcode,
 * if sockets or processes were not judged: a gate that could not look never passes. Prints one line
 * in the latter case.
 */
int report_status(const struct report *report, const struct options *options);

#endif
