/* SPDX-License-Identifier: MIT */
/* Patterns of suppressions: '*' is any text, and nothing else is special. */
#ifndef FINLEAK_WILDCARD_H
#define FINLEAK_WILDCARD_H

#include <stdbool.h>

/*
 * PATTERN of a suppression as a wildcard for the whole of a text: with a '*' at each end, except
 * where '^' or '$' stands. The caller frees it.
 */
char *wildcard_of(const char *pattern);

/* Is TEXT as a whole like WILDCARD? Takes at most the product of their lengths. */
bool wildcard_matches(const char *wildcard, const char *text);

#endif
