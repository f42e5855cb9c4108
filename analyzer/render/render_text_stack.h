/* SPDX-License-Identifier: MIT */
/* The stacks of a finding and the source at its site, as text. */
#ifndef FINLEAK_RENDER_TEXT_STACK_H
#define FINLEAK_RENDER_TEXT_STACK_H

#include "analyzer/report/report.h"
#include "analyzer/render/text_output.h"

/* The source round SITE, on at most ROOM lines with a blank one before, where it can be read. */
void text_source(const struct text *text, const struct report *report, const struct frame *site,
		 size_t room);

/* The lines of STACK. */
void text_frames(const struct text *text, const struct report_stack *stack);

/* The stacks of LEAK that are shown, each after a blank line. */
void text_stacks(const struct text *text, const struct report_leak *leak);

#endif
