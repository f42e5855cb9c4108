/* SPDX-License-Identifier: MIT */
/* What a report has below its findings: processes, warnings, and what could not be seen. */
#ifndef FINLEAK_REPORT_SECTIONS_H
#define FINLEAK_REPORT_SECTIONS_H

#include "analyzer/report/report.h"

/* Fills in the sections of REPORT, whose other fields are complete. Empty ones are left out. */
void report_sections_fill(struct report *report);
void report_sections_clear(struct report *report);

#endif
