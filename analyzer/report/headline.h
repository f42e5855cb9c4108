/* SPDX-License-Identifier: MIT */
/* What a report found, in a line: at its head and at its end. */
#ifndef FINLEAK_HEADLINE_H
#define FINLEAK_HEADLINE_H

#include "analyzer/report/report.h"

/*
 * Fills in the headline, remarks and summary of REPORT, whose other fields are complete. "no leaks"
 * stands alone only if nothing was left unjudged.
 */
void headline_fill(struct report *report);

#endif
