/* SPDX-License-Identifier: MIT */
/* The leaks of a report as a baseline (finleak-baseline/1) for later ones. */
#ifndef FINLEAK_RENDER_BASELINE_H
#define FINLEAK_RENDER_BASELINE_H

#include <stdio.h>

#include "analyzer/render/json_stream.h"
#include "analyzer/report/report.h"

/* Writes the leaks of REPORT that are not suppressed to OUT. Returns how many there are. */
size_t render_baseline(const struct report *report, FILE *out);

/* Writes the ids that LEAK joins, if it does, as a member of OBJECT. */
void render_joined_ids(struct json_stream *object, const struct report_leak *leak);

#endif
