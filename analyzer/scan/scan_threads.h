/* SPDX-License-Identifier: MIT */
/* What the threads of the scanned processes do now. */
#ifndef FINLEAK_SCAN_THREADS_H
#define FINLEAK_SCAN_THREADS_H

#include "analyzer/report/report.h"

/*
 * Samples the threads of each process that a finding of REPORT is of, without stopping them, and
 * fills in what they do and where; what can't be seen of them becomes a blind spot. Findings whose
 * thread is known get its stack. REPORT has a view, findings and processes, and no recordings yet.
 */
void scan_threads_fill(struct report *report, const struct report_options *options);

#endif
