/* SPDX-License-Identifier: MIT */
/* The finished report of what the kernel alone shows. */
#ifndef FINLEAK_SCAN_REPORT_H
#define FINLEAK_SCAN_REPORT_H

#include "analyzer/report/report.h"
#include "analyzer/scan/scan_findings.h"

/*
 * Works out the report on FINDINGS in VIEW, which it takes over, grouped by process, local port (or
 * peer, of connections that the process opened) and class. EVERY_PROCESS: also
 * those without TCP sockets. End with report_free.
 */
struct report *scan_report_build(struct kernel_view *view, const struct scan_findings *findings,
				 double samples_apart_ms, const struct report_options *options,
				 bool every_process);

#endif
