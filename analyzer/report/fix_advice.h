/* SPDX-License-Identifier: MIT */
/* One sentence for each finding: which call to add, and where. */
#ifndef FINLEAK_FIX_ADVICE_H
#define FINLEAK_FIX_ADVICE_H

#include "analyzer/report/report.h"

/* The sentence for LEAK, whose other fields are complete; the caller frees it. */
char *fix_advice(const struct report_leak *leak);

#endif
