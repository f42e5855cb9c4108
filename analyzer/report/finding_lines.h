/* SPDX-License-Identifier: MIT */
#ifndef FINLEAK_FINDING_LINES_H
#define FINLEAK_FINDING_LINES_H

#include "analyzer/report/report.h"

/* Fills in the lines of LEAK, whose other fields are complete. */
void finding_lines_fill(struct report_leak *leak);

#endif
