/* SPDX-License-Identifier: MIT */
/* One finding, as text. */
#ifndef FINLEAK_RENDER_TEXT_FINDING_H
#define FINLEAK_RENDER_TEXT_FINDING_H

#include "analyzer/report/report.h"
#include "analyzer/render/text_output.h"

/* LEAK of REPORT, after a blank line: first what, where and how to fix it. */
void text_finding(const struct text *text, const struct report *report,
		  const struct report_leak *leak);

/* A table of the findings of REPORT, a line each. */
void text_overview(const struct text *text, const struct report *report);

#endif
