/* SPDX-License-Identifier: MIT */
/* What the threads of processes do now, as a list below the findings. */
#ifndef FINLEAK_THREAD_ENTRIES_H
#define FINLEAK_THREAD_ENTRIES_H

#include "analyzer/report/report.h"

/* Fills SECTION with the threads of REPORT's processes, as far as they were sampled. */
void thread_entries_fill(struct report_section *section, const struct report *report);

#endif
