/* SPDX-License-Identifier: MIT */
/* Which findings count: what suppressions and the baseline say of them. */
#ifndef FINLEAK_STANDINGS_H
#define FINLEAK_STANDINGS_H

#include "analyzer/report/report.h"

/* Is a finding with VERDICT to be built: shown, or held against suppressions? */
bool standings_need(const struct report_options *options, enum verdict verdict);

/*
 * Decides the standing of REPORT's findings, which are all that standings_need(), counts and names
 * them and puts them in order: those that are shown, then those that are quiet. Notes that nobody
 * wants to see are counted and removed.
 */
void standings_decide(struct report *report, const struct report_options *options);

/* What stands above the leaks of a baseline that are not there any more. */
#define STANDING_FIXED "Fixed since the baseline:"

/* One of them, in words: "eof-unclosed at worker.c:88 in read_request(): 3 sockets". The caller
 * frees it. */
char *standing_fixed_words(const struct known_leak *fixed);

#endif
