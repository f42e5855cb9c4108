/* SPDX-License-Identifier: MIT */
/* What became of the sockets of the same place that a finding does not count: where they were
 * closed. */
#ifndef FINLEAK_REPORT_SIBLINGS_H
#define FINLEAK_REPORT_SIBLINGS_H

#include "analyzer/report/report.h"

/* Fills in SHOWN, the finding of SITE of which LEAK is shown; SHOWN's site must be set. */
void report_set_siblings(struct report *report, struct report_leak *shown,
			 const struct call_site *site, const struct leak *leak,
			 const struct report_options *options);

/* Were others of LEAK's place closed, and is it known where? */
bool siblings_show_close(const struct report_leak *leak);

/* LEAK's paths part: is the close of the others in the function where they do, or deeper? */
bool closes_where_parted(const struct report_leak *leak);

#endif
