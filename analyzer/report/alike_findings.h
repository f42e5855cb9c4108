/* SPDX-License-Identifier: MIT */
/* Findings that read the same are one to their reader, whatever their stacks differ in. */
#ifndef FINLEAK_ALIKE_FINDINGS_H
#define FINLEAK_ALIKE_FINDINGS_H

#include "analyzer/report/report.h"

/*
 * Joins those findings of REPORT that say the same of the same line, where the same line opened
 * their sockets: kind, site and fix, word for word. They are as report_add_finding() has left them,
 * by OPTIONS. What stays has the sum, and the id that comes first among alike ones.
 */
void report_join_alike(struct report *report, const struct report_options *options);

#endif
