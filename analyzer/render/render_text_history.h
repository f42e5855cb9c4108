/* SPDX-License-Identifier: MIT */
/* What happened to the sockets of a finding, and to others of the same place, in text. */
#ifndef FINLEAK_RENDER_TEXT_HISTORY_H
#define FINLEAK_RENDER_TEXT_HISTORY_H

#include <stdio.h>

#include "analyzer/report/report.h"

/* "Held for 1.2 s to 3.4 s (median 2.0 s)." */
void text_ages(FILE *out, const struct report_leak *leak);

/* "5 of 10 opened here were closed, at server.c:12 in finish()."; nothing where none was closed. */
void text_siblings(FILE *out, const struct report_leak *leak);

/* "After that came only shutdown(SHUT_RD) at server.c:30 in on_eof(), 2.0 s before the end." */
void text_uses(FILE *out, const struct report_leak *leak);

#endif
