/* SPDX-License-Identifier: MIT */
/* Texts of one line, without a newline, that the screen and the plain lines share. */
#ifndef FINLEAK_WATCH_SUMMARY_H
#define FINLEAK_WATCH_SUMMARY_H

#include <stdio.h>

#include "analyzer/watch/watch_model.h"

/*
 * "7 leaked at 3 sites (+2, 12.0/min); 20 opened, 9 ended, 11 open": sockets; ended means that the
 * EOF was read. It fits on a line of 80 columns.
 */
void watch_print_totals(FILE *out, const struct watch_model *model);

/* "CLOSE_WAIT 4, ESTABLISHED 3": of all running processes. Prints nothing if none are known. */
void watch_print_census(FILE *out, const struct report *report);

/*
 * "900 of 1024 descriptors, EMFILE in about 12 min": of the process that reaches its limit first.
 * Prints nothing without a sample of the kernel.
 */
void watch_print_descriptors(FILE *out, const struct report *report);

/* "+2", "-1", "+0" */
void watch_print_growth(FILE *out, int64_t growth);

/* "12.0"; "-" if TREND does not know yet */
void watch_print_rate(FILE *out, const struct watch_trend *trend);

/* "▁▁▂▅▅█": TREND's last minute; blank where nothing was known yet */
void watch_print_bars(FILE *out, const struct watch_trend *trend);

/* "3 processes, 2 running" */
void watch_print_processes(FILE *out, const struct report *report);

#endif
