/* SPDX-License-Identifier: MIT */
/* The parts of the text report that others show too. */
#ifndef FINLEAK_RENDER_TEXT_H
#define FINLEAK_RENDER_TEXT_H

#include "analyzer/report/report.h"
#include "analyzer/render/text_output.h"

/* The lists below the findings of REPORT, each after a blank line. */
void text_sections(const struct text *text, const struct report *report);

#endif
