/* SPDX-License-Identifier: MIT */
/* The part of the report that is about programs whose own lines no stack has. */
#ifndef FINLEAK_REPORT_UNNAMED_H
#define FINLEAK_REPORT_UNNAMED_H

#include "analyzer/report/report.h"

/*
 * Adds to each process of REPORT, whose findings are there, what it runs scripts by, if its stacks
 * name that and no script, and what helps. The first processes of REPORT are those of RECORDINGS.
 */
void report_add_unnamed(struct report *report, const struct recordings *recordings);

#endif
