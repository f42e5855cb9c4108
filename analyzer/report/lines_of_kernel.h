/* SPDX-License-Identifier: MIT */
/*
 * Lines on what the kernel shows of the sockets of a finding, and of who has them. The caller frees
 * each; NULL: there is nothing to report.
 */
#ifndef FINLEAK_LINES_OF_KERNEL_H
#define FINLEAK_LINES_OF_KERNEL_H

#include "analyzer/report/report.h"

/* How much stands unread before the end, where that is the reason. */
char *line_of_unread_bytes(const struct report_leak *leak);

/* Which epoll descriptors watch the first socket, and for what; as a rule the others' are alike. */
char *line_of_interests(const struct report_leak *leak);

/* Who should poll, and what the thread does instead. */
char *line_of_poller(const struct report_leak *leak);

/* The listener of connections that nobody accepted, and what its thread does. */
char *line_of_listener(const struct report_leak *leak);
char *line_of_last_accept(const struct report_leak *leak);

/* Which process was finished with the sockets, where another one holds them. */
char *line_of_finishers(const struct report_leak *leak);

/* Which processes have the sockets, where there are several, or another one than theirs. */
char *line_of_holders(const struct report_leak *leak);

#endif
