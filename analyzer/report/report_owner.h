/* SPDX-License-Identifier: MIT */
/* Who should see to a socket that nobody sees to. */
#ifndef FINLEAK_REPORT_OWNER_H
#define FINLEAK_REPORT_OWNER_H

#include "analyzer/report/report.h"
#include "analyzer/rules/leak.h"

/*
 * The thread of LEAK's holder that polls for the socket (not-polled-since), used it last, or of a
 * listener the one that accepts; and what it is doing. NULL: unknown. The caller frees it.
 */
struct report_owner *report_owner_of(const struct leak *leak);

/*
 * The stack of OWNER's thread, by the last sample of LEAK's process; NULL: unknown, or it has
 * nothing to do with the leak.
 */
struct backtrace *report_owner_stack(const struct leak *leak, const struct report_owner *owner,
				     struct backtraces *backtraces);

#endif
