/* SPDX-License-Identifier: MIT */
/* Holds findings against suppressions. */
#ifndef FINLEAK_SUPPRESSED_H
#define FINLEAK_SUPPRESSED_H

#include "analyzer/report/report.h"

/* Gives REPORT a counter for each of SUPPRESSIONS, which must outlive it. */
void suppressions_begin(struct report *report, const struct suppressions *suppressions);

/*
 * Which of SUPPRESSIONS match LEAK by its code: as text, a character each, for the caller to free.
 */
char *suppressions_by_code(const struct suppressions *suppressions, const struct report_leak *leak);

/* Fills in what is suppressed of LEAK, and counts in REPORT all suppressions that match. */
void suppress_finding(struct report *report, struct report_leak *leak);

/* Fills in the lines that would suppress LEAK and nothing else. */
void suppression_offer(struct report_leak *leak);

#endif
