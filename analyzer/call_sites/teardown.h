/* SPDX-License-Identifier: MIT */
/*
 * Closed only because everything is: when a program ends, static destructors and interpreters let
 * go of what the program itself never closed. While it ran that socket leaked like any other, and a
 * server ended by Ctrl-C must not seem healthier than one that was killed.
 */
#ifndef FINLEAK_TEARDOWN_H
#define FINLEAK_TEARDOWN_H

#include <stdbool.h>
#include "analyzer/call_sites/backtraces.h"

struct teardown {
	struct backtraces *backtraces;
	struct symbolizer *symbolizer;
};

/* A close_judge. */
bool teardown_closed(const void *teardown, const struct recording *recording, uint32_t opened,
		     uint32_t closed);

#endif
