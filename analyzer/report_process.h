/* SPDX-License-Identifier: MIT */
/* The part of the report that is about processes: counters, TCP states, blind spots. */
#ifndef FINLEAK_REPORT_PROCESS_H
#define FINLEAK_REPORT_PROCESS_H

#include "analyzer/report.h"

/* Fills SHOWN (zeroed) from PROCESS. */
void report_process_fill(struct report_process *shown, const struct process *process);
void report_process_clear(struct report_process *shown);

/* The index for report_state_name of a row's last look; -1 unknown. */
int report_state_of(const struct recorded_socket *row);

#endif
