/* SPDX-License-Identifier: MIT */
/* What the program did with the socket of a finding: its last use, the calls around it, pauses. */
#ifndef FINLEAK_REPORT_USES_H
#define FINLEAK_REPORT_USES_H

#include "analyzer/report/report.h"

/* Fills in SHOWN, the finding that shows LEAK; SHOWN's stacks must be set. */
void report_set_uses(struct report *report, struct report_leak *shown, const struct leak *leak,
		     const struct own_globs *own);

#endif
