/* SPDX-License-Identifier: MIT */
/* One sentence for each finding of a scan: what the program has to do. */
#ifndef FINLEAK_SCAN_ADVICE_H
#define FINLEAK_SCAN_ADVICE_H

#include "analyzer/report/report.h"

/* The sentence for LEAK; the caller frees it. */
char *scan_advice(const struct report_leak *leak);

#endif
