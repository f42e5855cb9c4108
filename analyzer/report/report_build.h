/* SPDX-License-Identifier: MIT */
#ifndef FINLEAK_REPORT_BUILD_H
#define FINLEAK_REPORT_BUILD_H

#include "analyzer/report/report.h"

/* Takes RECORDINGS over and works out the report; end with report_free. OPTIONS must outlive it. */
struct report *report_build(struct recordings *recordings, const struct report_options *options);
void report_free(struct report *report);

/*
 * In place of report_free() where the process ends next: ends what runs for REPORT and leaves its
 * memory to the kernel. To free a million sockets takes a twentieth of the time of their report.
 */
void report_leave(struct report *report);

/*
 * Names the code of all stacks in the recordings of REPORT, whether or not a finding has them: for
 * later reports by other options.
 */
void report_name_all(struct report *report);

#endif
