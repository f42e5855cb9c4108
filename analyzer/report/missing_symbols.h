/* SPDX-License-Identifier: MIT */
/* Why a finding's site has no line of source, and how it gets one. */
#ifndef FINLEAK_MISSING_SYMBOLS_H
#define FINLEAK_MISSING_SYMBOLS_H

#include "analyzer/call_sites/own_code.h"
#include "analyzer/report/report.h"

/*
 * Adds to the lines of LEAK, which is one of REPORT's, that the module of its site has no line
 * numbers, no symbols or no file, and what helps. Once per report and module, and only for the
 * program's own code by OWN.
 */
void missing_symbols_add(struct report *report, struct report_leak *leak,
			 const struct own_globs *own);

#endif
