/* SPDX-License-Identifier: MIT */
/* error-unclosed: which call failed, and with which error. */
#ifndef FINLEAK_REPORT_FAILURE_H
#define FINLEAK_REPORT_FAILURE_H

#include "analyzer/report/report.h"

/* Fills SHOWN->failure where LEAK's row has the error and its stack decides. */
void report_set_failure(struct report_leak *shown, const struct leak *leak,
			struct symbolizer *symbolizer);

/* The sentence on SHOWN->failure, which is set. The caller frees it. */
char *report_failure_headline(const struct report_leak *shown);

#endif
