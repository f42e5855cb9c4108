/* SPDX-License-Identifier: MIT */
/* The part of the report that is about processes which left no recording. */
#ifndef FINLEAK_REPORT_UNRECORDED_H
#define FINLEAK_REPORT_UNRECORDED_H

#include "analyzer/report/report.h"

/* Adds to REPORT the processes without a recording that samples showed nothing else of. */
void report_add_unrecorded(struct report *report);

/*
 * Adds to SHOWN, filled from PROCESS, which a stand-in recording is of, that and why it was not
 * recorded. KNOWN: by the run; NULL nothing.
 */
void report_process_add_reason(struct report_process *shown, const struct process *process,
			       const struct unrecorded *known);

#endif
