/* SPDX-License-Identifier: MIT */
/* Lines that lead from an event loop to a handler. Each returns a line for the caller to free, or
 * NULL. */
#ifndef FINLEAK_LINES_OF_HANDLER_H
#define FINLEAK_LINES_OF_HANDLER_H

#include "analyzer/report/report.h"

/* "The end was read by an event loop: the site is where the connection was used." */
char *line_of_site(const struct report_leak *leak);

/* "120 us after EOF, the same thread closed another connection (descriptor 7), at c.c:290 in f()."
 */
char *line_of_next(const struct report_leak *leak);

/*
 * "Nothing was read from it or written to it since it was accepted; its number had been closed 2 ms
 * earlier, at server.c:40 in drop()."
 */
char *line_of_number(const struct report_leak *leak);

/* "Thread 812, which used it last, sleeps in futex (FUTEX_WAIT), for at least 12 s." */
char *line_of_owner(const struct report_leak *leak);

#endif
