/* SPDX-License-Identifier: MIT */
/* What a scan reports of each process: census of its TCP sockets, and what could not be seen. */
#ifndef FINLEAK_SCAN_PROCESS_H
#define FINLEAK_SCAN_PROCESS_H

#include "analyzer/kernel_view/kernel_view.h"
#include "analyzer/report/report.h"

/*
 * Fills REPORT->processes and REPORT->lost from VIEW, which must outlive them. EVERY: also those
 * that have nothing to do with TCP.
 */
void scan_processes_fill(struct report *report, const struct kernel_view *view, bool every);

#endif
