/* SPDX-License-Identifier: MIT */
/* What a report states of each process: census, descriptor budget, tuning or bug. */
#ifndef FINLEAK_PROCESS_ENTRIES_H
#define FINLEAK_PROCESS_ENTRIES_H

#include "analyzer/report/report.h"

/*
 * Fills SECTION with the processes of REPORT that have TCP sockets or are short of descriptors; of
 * very many, those that need attention and those with most sockets.
 */
void process_entries_fill(struct report_section *section, const struct report *report);

/* "server (pid 4711)"; EXECUTABLE is a path, or NULL. The caller frees it. */
char *process_name(const char *executable, int pid);

#endif
