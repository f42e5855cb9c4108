/* SPDX-License-Identifier: MIT */
/* SARIF's description of the tool: a rule for each class. */
#ifndef FINLEAK_RENDER_SARIF_RULES_H
#define FINLEAK_RENDER_SARIF_RULES_H

#include "analyzer/render/json_stream.h"
#include "analyzer/rules/classes.h"

/* How grave VERDICT is in SARIF's words. */
const char *sarif_level(enum verdict verdict);

/* Writes the member "tool" of RUN. A rule's index is its class. */
void sarif_tool(struct json_stream *run);

#endif
