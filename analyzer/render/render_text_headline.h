/* SPDX-License-Identifier: MIT */
/* A report in one line. */
#ifndef FINLEAK_RENDER_TEXT_HEADLINE_H
#define FINLEAK_RENDER_TEXT_HEADLINE_H

#include <stdio.h>

#include "analyzer/report/report.h"

/*
 * Prints what REPORT found, without the end of the line. "no leaks" stands alone only if nothing
 * was left unjudged.
 */
void text_headline(FILE *out, const struct report *report);

#endif
