/* SPDX-License-Identifier: MIT */
/*
 * Lines on the sockets of a finding: their age, addresses and descriptors. The caller frees each;
 * NULL: there is nothing to report.
 */
#ifndef FINLEAK_LINES_OF_SOCKETS_H
#define FINLEAK_LINES_OF_SOCKETS_H

#include "analyzer/report/report.h"

/* "Held for 1.2 s to 3.4 s (median 2.0 s)." */
char *line_of_ages(const struct report_leak *leak);

/* "Nothing heard of the peer for 3 min.": nothing since its FIN but answers to what was sent. */
char *line_of_silence(const struct report_leak *leak);

/* "Accepted on 127.0.0.1:8080." */
char *line_of_accepting_ends(const struct report_leak *leak);

/* "Peers: 192.0.2.7:40000, 192.0.2.8:40000." */
char *line_of_peers(const struct report_leak *leak);

/* "Descriptors: 5, 6, 7." */
char *line_of_descriptors(const struct report_leak *leak);

/* That no recorded call read EOF. */
char *line_of_opened_before(const struct report_leak *leak);
char *line_of_unseen_read(const struct report_leak *leak);

/* How many have left CLOSE_WAIT for a state that `ss` does not list. */
char *line_of_unlisted(const struct report_leak *leak);

#endif
