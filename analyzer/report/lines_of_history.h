/* SPDX-License-Identifier: MIT */
/*
 * Lines on what happened to the sockets of a finding, and to others of the same place. The caller
 * frees each; NULL: there is nothing to report.
 */
#ifndef FINLEAK_LINES_OF_HISTORY_H
#define FINLEAK_LINES_OF_HISTORY_H

#include "analyzer/report/report.h"

/* "5 of 10 opened here were closed, at server.c:12 in finish()."; NULL where none was closed. */
char *line_of_siblings(const struct report_leak *leak);

/* The same of a single one of its ways to close. */
char *line_of_closing(const struct report_leak *leak, const struct report_closing *closing);

/* "After that came only shutdown(SHUT_RD) at server.c:30 in on_eof(), 2.0 s before the end." */
char *line_of_uses(const struct report_leak *leak);

/* "Its EOF was read 9041 times: the program spins." */
char *line_of_spinning(const struct report_leak *leak);

#endif
