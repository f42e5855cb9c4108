/* SPDX-License-Identifier: MIT */
/* The part of the report that is about processes: counters, TCP states, blind spots. */
#ifndef FINLEAK_REPORT_PROCESS_H
#define FINLEAK_REPORT_PROCESS_H

#include "analyzer/report/report.h"

/* Fills SHOWN (zeroed) from PROCESS of RECORDINGS. */
void report_process_fill(struct report_process *shown, const struct process *process,
			 const struct recordings *recordings);

void report_process_clear(struct report_process *shown);

/* Adds to SHOWN a sentence on what could not be seen; takes TEXT over. */
void report_add_blind_spot(struct report_process *shown, char *text);

#endif
