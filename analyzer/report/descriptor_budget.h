/* SPDX-License-Identifier: MIT */
/* How many descriptors leaks have cost a process, and when the rest will be used up. */
#ifndef FINLEAK_DESCRIPTOR_BUDGET_H
#define FINLEAK_DESCRIPTOR_BUDGET_H

#include "analyzer/report/report.h"

/*
 * Fills in the processes of REPORT, whose findings are complete, what their leaks cost. A leak that
 * holds no descriptor (never-accepted) costs none.
 */
void descriptor_budgets_fill(struct report *report);

/* Is it worth reporting: something leaks, or four fifths of the limit are in use? */
bool descriptor_budget_matters(const struct report_process *process);

/* Is the limit reached? */
bool descriptor_budget_is_exhausted(const struct report_process *process);

#endif
