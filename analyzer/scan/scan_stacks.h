/* SPDX-License-Identifier: MIT */
/* The stacks of a scanned process: threads, or goroutines, in the same place are one entry. */
#ifndef FINLEAK_SCAN_STACKS_H
#define FINLEAK_SCAN_STACKS_H

#include "analyzer/report/report.h"

struct scanned_process {
	struct report *report;
	const struct report_options *options;
	struct report_process *shown;
	struct recording *recording;     /* a stand-in, with its modules */
	struct observation *observation; /* has the lines of its scripts */
	bool is_go;
	uint64_t go_bias; /* see mapped_modules.h */
	bool refused;     /* the kernel does not show us what its threads do */
};

/*
 * Adds to what SCANNED's process shows the thread or goroutine NUMBER, with the stack of OBSERVED:
 * to the entry of those that do the same there, or as a new one. THREADS is such an entry without
 * stack and list.
 */
void scan_stacks_add(struct scanned_process *scanned, struct report_threads *threads,
		     const struct observed_thread *observed, int64_t number);

#endif
