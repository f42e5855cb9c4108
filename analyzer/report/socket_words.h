/* SPDX-License-Identifier: MIT */
/* One socket of a finding, in words. A report may have a million: they are made when needed. */
#ifndef FINLEAK_SOCKET_WORDS_H
#define FINLEAK_SOCKET_WORDS_H

#include "analyzer/report/report.h"

/*
 * "pid 77, descriptor 5: 127.0.0.1:80 from 192.0.2.7:40000, CLOSE_WAIT, opened ..., held for 1.2
 * s". Nothing is escaped; the caller frees it.
 */
char *socket_words(const struct report_socket *socket);

/* "2026-11-28T21:03:05.123Z"; "" for 0, which is unknown. SIZE of TEXT: SOCKET_TIME_SIZE. */
#define SOCKET_TIME_SIZE 32
void socket_time(char *text, int64_t realtime_ns);

#endif
