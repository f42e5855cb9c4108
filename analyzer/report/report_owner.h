/* SPDX-License-Identifier: MIT */
/* The thread that should handle a socket that none handles. */
#ifndef FINLEAK_REPORT_OWNER_H
#define FINLEAK_REPORT_OWNER_H

#include "analyzer/report/report.h"
#include "analyzer/rules/leak.h"

/*
 * Fills in SHOWN, the finding that shows LEAK, with the thread of LEAK's holder that polls for the
 * socket (not-polled-since), used it last, or of a listener the one that accepts; and with what it
 * is doing, where. SHOWN's stacks must be set; the finding owns what is filled in.
 */
void report_set_owner(struct report *report, struct report_leak *shown, const struct leak *leak,
		      const struct own_globs *own);

#endif
