/* SPDX-License-Identifier: MIT */
/* What the text report says of what could not be seen. */
#ifndef FINLEAK_RENDER_TEXT_BLIND_H
#define FINLEAK_RENDER_TEXT_BLIND_H

#include "analyzer/report/report.h"
#include "analyzer/render/text_output.h"

/* Never reads as clean where something could not be seen. */
void text_blind_spots(const struct text *text, const struct report *report);

#endif
