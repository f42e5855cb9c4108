/* SPDX-License-Identifier: MIT */
/* The formats of `finleak diff`. */
#ifndef FINLEAK_RENDER_DIFF_H
#define FINLEAK_RENDER_DIFF_H

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/report/comparison.h"

/* For people; COLOR: with terminal colors. */
void render_diff_text(const struct comparison *comparison, FILE *out, bool color);

/* As a finleak-diff/1 JSON document. */
void render_diff_json(const struct comparison *comparison, FILE *out);

#endif
