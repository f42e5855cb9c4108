/* SPDX-License-Identifier: MIT */
/* One finding, as text. */
#ifndef FINLEAK_RENDER_TEXT_FINDING_H
#define FINLEAK_RENDER_TEXT_FINDING_H

#include "analyzer/report/report.h"
#include "analyzer/render/text_output.h"

/*
 * How each finding ends: what is known of its sockets, and the advice; with --explain also the rule
 * by which LEAK was judged, and the facts that made it true.
 */
void text_advice(const struct text *text, const struct report *report,
		 const struct report_leak *leak);

/* How each finding begins: its number (from 1), class, reason, verdict and count of sockets. */
void text_finding_begins(const struct text *text, const struct report_leak *leak, size_t number);

/* NUMBER counts from 1. */
void text_finding(const struct text *text, const struct report *report,
		  const struct report_leak *leak, size_t number);

#endif
