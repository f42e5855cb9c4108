/* SPDX-License-Identifier: MIT */
/* The tables of classes and rules, as text: `finleak explain`. */
#ifndef FINLEAK_RENDER_EXPLANATION_H
#define FINLEAK_RENDER_EXPLANATION_H

#include <stdio.h>

#include "analyzer/rules/classes.h"

/* Prints to OUT what CLASS means, its rules with their conditions, and how to fix it. */
void render_explanation(FILE *out, enum leak_class class);

/* The same of REASON, with the rules of all classes that give it. */
void render_reason(FILE *out, enum leak_reason reason);

/* Prints to OUT all classes, and all rules in the order in which they are tried. */
void render_all_classes(FILE *out);

#endif
