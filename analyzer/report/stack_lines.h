/* SPDX-License-Identifier: MIT */
/* The stacks of a finding as they are shown: which, under what title, and what is folded. */
#ifndef FINLEAK_STACK_LINES_H
#define FINLEAK_STACK_LINES_H

#include "analyzer/report/debug_packages.h"
#include "analyzer/report/report.h"

/*
 * Orders the stacks of LEAK, whose other fields are complete but for its words, and fills in their
 * titles and lines. FULL: nothing is folded, and nothing left out.
 */
void stack_lines_fill(struct report_leak *leak, bool full, struct debug_packages *packages);
void stack_lines_clear(struct report_leak *leak);

/* Fills in the lines of STACK alone, with its site; end with stack_lines_clear_one(). */
void stack_lines_fill_one(struct report_stack *stack, bool full, struct debug_packages *packages);
void stack_lines_clear_one(struct report_stack *stack);

#endif
