/* SPDX-License-Identifier: MIT */
/* Which handler should have closed the connections of a finding, and does not. */
#ifndef FINLEAK_LACKING_WORDS_H
#define FINLEAK_LACKING_WORDS_H

#include "analyzer/report/report.h"

/* "serve() (worker.c:88) does not", as it is put behind a colon; the caller frees it. */
char *lacking_words(const struct report_leak *leak);

#endif
