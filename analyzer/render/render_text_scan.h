/* SPDX-License-Identifier: MIT */
/* One finding of the kernel alone, as text. */
#ifndef FINLEAK_RENDER_TEXT_SCAN_H
#define FINLEAK_RENDER_TEXT_SCAN_H

#include "analyzer/report/report.h"
#include "analyzer/render/text_output.h"

/* NUMBER counts from 1; LEAK has a place. */
void text_scan_finding(const struct text *text, const struct report *report,
		       const struct report_leak *leak, size_t number);

#endif
