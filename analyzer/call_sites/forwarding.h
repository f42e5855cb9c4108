/* SPDX-License-Identifier: MIT */
/*
 * Functions that do nothing but make a call for who calls them, by their source: `return recv(fd,
 * buffer, size, 0);`, or `writer.write(text); await writer.drain()` for the writer that they got.
 */
#ifndef FINLEAK_FORWARDING_H
#define FINLEAK_FORWARDING_H

#include <stdbool.h>

#include "analyzer/symbolize/symbolize.h"

/*
 * Does the function of FRAME forward a call, and does the line of its CALLER name it? A handler
 * that a loop calls by what a struct says is not named there. FOR_RESULT: and does it return
 * something? Who keeps the result of a read to itself decides what follows. False where a source
 * can't be read.
 */
bool is_forwarding(struct symbolizer *symbolizer, const struct frame *frame,
		   const struct frame *caller, bool for_result);

#endif
