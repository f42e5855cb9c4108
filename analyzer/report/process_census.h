/* SPDX-License-Identifier: MIT */
/* How many TCP sockets of a recorded process were in which state when they were seen last. */
#ifndef FINLEAK_PROCESS_CENSUS_H
#define FINLEAK_PROCESS_CENSUS_H

#include "analyzer/report/report.h"

/*
 * Fills the census of SHOWN: by the recorder's sample at the end of PROCESS or by finleak's last
 * one at it, whichever came later.
 */
void process_census_take(struct report_process *shown, const struct process *process);

/* Adds to SHOWN what came in by its listeners and is held by no descriptor, by kernel state. */
void process_census_add_unowned(struct report_process *shown,
				const uint64_t unowned[KERNEL_STATES]);

#endif
