/* SPDX-License-Identifier: MIT */
/* The stacks of a finding and the source at its site, as text. */
#ifndef FINLEAK_RENDER_TEXT_STACK_H
#define FINLEAK_RENDER_TEXT_STACK_H

#include "analyzer/report/report.h"
#include "analyzer/render/text_output.h"

/* "worker.c:88" or, where the line is unknown, "libx.so+0x1234"; FRAME may be NULL */
void text_place(FILE *out, const struct frame *frame);

/* The same with " in function()". */
void text_site(FILE *out, const struct frame *frame);

/* Some lines of the source round SITE, where they can be read. */
void text_source(const struct text *text, const struct report *report, const struct frame *site);

/* The deciding stack and the opened one always; of the others those that the class is about. */
void text_stacks(const struct text *text, const struct report_leak *leak);

#endif
