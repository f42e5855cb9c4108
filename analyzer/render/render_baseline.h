/* SPDX-License-Identifier: MIT */
/* The leaks of a report as a baseline (finleak-baseline/1) for later ones. */
#ifndef FINLEAK_RENDER_BASELINE_H
#define FINLEAK_RENDER_BASELINE_H

#include <stdio.h>

#include "analyzer/report/report.h"

/* Writes the leaks of REPORT that are not suppressed to OUT. Returns how many there are. */
size_t render_baseline(const struct report *report, FILE *out);

#endif
