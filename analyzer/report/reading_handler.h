/* SPDX-License-Identifier: MIT */
/* The handler of JavaScript that reads what arrives for a socket, by the source around its opening.
 */
#ifndef FINLEAK_READING_HANDLER_H
#define FINLEAK_READING_HANDLER_H

#include "analyzer/symbolize/symbolize.h"

/*
 * In the block of OPENED's line, but in none inside it, and behind it: the first handler of
 * 'readable' or 'data': "keepStatus() (client.js:22)", or "the handler at client.js:22" without a
 * name. NULL: there is none, or no source. The caller frees it.
 */
char *reading_handler(const struct frame *opened, struct symbolizer *symbolizer);

/*
 * In the block of OPENED's line, and behind it: the only line that pauses what that gives a value
 * to: `socket.pause()`. 0: there is none, or several, or no source.
 */
unsigned int reading_pause(const struct frame *opened, struct symbolizer *symbolizer);

#endif
