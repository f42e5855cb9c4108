/* SPDX-License-Identifier: MIT */
/* The part of the report that is about programs which a process started, or became, unrecorded. */
#ifndef FINLEAK_REPORT_STARTED_H
#define FINLEAK_REPORT_STARTED_H

#include "analyzer/report/report.h"

/* Adds to SHOWN, filled from PROCESS of RECORDINGS, which of them nothing is known of. */
void report_process_add_started(struct report_process *shown, const struct process *process,
				const struct recordings *recordings);

#endif
