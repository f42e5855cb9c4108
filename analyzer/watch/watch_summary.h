/* SPDX-License-Identifier: MIT */
/* What the screen and the plain lines have in common: a line's worth of text each, no newline. */
#ifndef FINLEAK_WATCH_SUMMARY_H
#define FINLEAK_WATCH_SUMMARY_H

#include <stdio.h>

#include "analyzer/watch/watch_model.h"

/*
 * "7 leaked at 3 sites (+2, 12.0/min); 20 opened, 9 ended, 11 open": sockets; ended means that the
 * end of stream was read. It fits on a line of 80 columns.
 */
void watch_print_totals(FILE *out, const struct watch_model *model);

/* "CLOSE_WAIT 4, ESTABLISHED 3": of all processes that run. Prints nothing where none is known. */
void watch_print_census(FILE *out, const struct report *report);

/*
 * "900 of 1024 descriptors, EMFILE in about 12 min": of the process that gets to its limit first.
 * Prints nothing where nobody asked the kernel.
 */
void watch_print_descriptors(FILE *out, const struct report *report);

/* "+2", "-1", "+0" */
void watch_print_growth(FILE *out, int64_t growth);

/* "12.0", "-" where TREND does not know yet */
void watch_print_rate(FILE *out, const struct watch_trend *trend);

/* "3 processes, 2 running" */
void watch_print_processes(FILE *out, const struct report *report);

#endif
