/* SPDX-License-Identifier: MIT */
/* The formats of a finished report, as formats.c lists them. */
#ifndef FINLEAK_RENDER_H
#define FINLEAK_RENDER_H

#include <stdbool.h>
#include <stdio.h>
#include "analyzer/report/report.h"

/* Writes REPORT to OUT for people; COLOR: with terminal colors. */
void render_text(const struct report *report, FILE *out, bool color);

/* Writes REPORT to OUT as a finleak-report/1 JSON document; it has no colors. */
void render_json(const struct report *report, FILE *out, bool color);

/* The same for a script element of an HTML page. */
void render_json_in_markup(const struct report *report, FILE *out);

/* Writes the findings of REPORT to OUT as annotations for GitHub Actions, ten at most. */
void render_github(const struct report *report, FILE *out, bool color);

/* Writes REPORT to OUT as a table in Markdown, of a hundred findings at most. */
void render_markdown(const struct report *report, FILE *out, bool color);

/* Writes REPORT to OUT as SARIF 2.1.0, for code scanning: a result for each finding. */
void render_sarif(const struct report *report, FILE *out, bool color);

/* Writes REPORT to OUT as JUnit's XML: a suite for each process, a failed case for each leak. */
void render_junit(const struct report *report, FILE *out, bool color);

/* Writes the leaks of REPORT to OUT as folded stacks, for flame graphs. */
void render_folded(const struct report *report, FILE *out, bool color);

/* Writes the leaks of REPORT to OUT as a file for speedscope.app. */
void render_speedscope(const struct report *report, FILE *out, bool color);

/* Writes the leaks of REPORT to OUT as a profile for pprof: binary. */
void render_pprof(const struct report *report, FILE *out, bool color);

/* Writes numbers of REPORT to OUT as OpenMetrics text, for Prometheus. */
void render_openmetrics(const struct report *report, FILE *out, bool color);

/* Writes REPORT to OUT as an HTML page that needs no network. Not in every build: formats.c. */
void render_html(const struct report *report, FILE *out, bool color);

#endif
