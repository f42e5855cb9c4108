/* SPDX-License-Identifier: MIT */
/* `finleak watch` without a terminal: plain lines, each with the time of day. */
#ifndef FINLEAK_WATCH_LINES_H
#define FINLEAK_WATCH_LINES_H

#include <stdio.h>

#include "analyzer/watch/watch_model.h"
#include "analyzer/watch/watch_subject.h"

/* What is watched, and how. */
void watch_lines_begin(FILE *out, const struct watch_subject *subject, double interval_ms);

/* The totals, then each finding whose count has changed since the last sample, or ALL of them. */
void watch_lines_sample(FILE *out, const struct watch_model *model, bool all);

/* It ended. */
void watch_lines_end(FILE *out, const struct watch_subject *subject,
		     const struct watch_model *model);

#endif
