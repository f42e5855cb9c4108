/* SPDX-License-Identifier: MIT */
/* The advice of a finding: which call to add, and where. */
#ifndef FINLEAK_FIX_ADVICE_H
#define FINLEAK_FIX_ADVICE_H

#include "analyzer/report/report.h"

/*
 * The advice for LEAK, whose other fields are complete; the caller frees it. SYMBOLIZER: for lines
 * of source.
 */
char *fix_advice(const struct report_leak *leak, struct symbolizer *symbolizer);

/* Does that advice of LEAK's show already where its way parts from that of others? */
bool fix_advice_shows_parting(const struct report_leak *leak);

#endif
