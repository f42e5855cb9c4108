/* SPDX-License-Identifier: MIT */
/* One finding of a report: what is known of the leaks that were grouped at a call site. */
#ifndef FINLEAK_REPORT_FINDING_H
#define FINLEAK_REPORT_FINDING_H

#include "analyzer/report/report.h"

/* Appends SITE's finding to REPORT->leaks; all but the leaks must be there. */
void report_add_finding(struct report *report, struct call_site *site,
			const struct report_options *options);

/* FINDING, which is one of REPORT's, becomes that of SITE. */
void report_fill_again(struct report *report, struct report_leak *finding, struct call_site *site,
		       const struct report_options *options);

/* Frees what FINDING owns. */
void report_finding_clear(struct report_leak *finding);

#endif
