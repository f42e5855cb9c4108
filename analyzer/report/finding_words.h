/* SPDX-License-Identifier: MIT */
/* How a finding is called: in its title, and in tables. */
#ifndef FINLEAK_FINDING_WORDS_H
#define FINLEAK_FINDING_WORDS_H

#include "analyzer/report/report.h"

/* Fills in kind, where, title and parting of LEAK, whose facts are complete. */
void finding_words_fill(struct report_leak *leak, struct symbolizer *symbolizer);

#endif
