/* SPDX-License-Identifier: MIT */
/* The stacks of a finding, and what they show of the program's own code. */
#ifndef FINLEAK_REPORT_STACKS_H
#define FINLEAK_REPORT_STACKS_H

#include "analyzer/report/report.h"

/* Appends to SHOWN the stacks of LEAK, the deciding one first; CHOICE is where its site is. */
void report_add_stacks(struct report *report, struct report_leak *shown, const struct leak *leak,
		       const struct site_choice *choice);

/* Appends BACKTRACE, which is named, with the site in it (or NULL). */
void report_add_backtrace(struct report_leak *shown, const struct backtrace *backtrace,
			  const struct frame *site, enum stack_kind kind);

/* The stack of SHOWN of that KIND; NULL: it has none. */
const struct report_stack *report_stack_named(const struct report_leak *shown,
					      enum stack_kind kind);

/* The site in LEAK's stack of that KIND; NULL unknown. */
const struct frame *report_site_at(struct report *report, const struct leak *leak,
				   enum stack_kind kind);

/* The program's own code that called SITE in STACK; main() has other things to do. NULL none. */
const struct frame *report_caller_of(const struct report_stack *stack, const struct frame *site,
				     const struct leak *leak, const struct own_globs *own);

#endif
