/* SPDX-License-Identifier: MIT */
/* What the thread is doing that should see to a socket. */
#ifndef FINLEAK_REPORT_OWNER_H
#define FINLEAK_REPORT_OWNER_H

#include "analyzer/report/report.h"

/*
 * The thread that used LEAK's socket last, or of a listener the one that accepted last, as the last
 * sample of its process found it. The caller frees it; NULL: unknown.
 */
struct report_owner *report_owner_of(const struct leak *leak);

#endif
