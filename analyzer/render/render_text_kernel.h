/* SPDX-License-Identifier: MIT */
/* Lines of a text report on what the kernel told of a finding's sockets. */
#ifndef FINLEAK_RENDER_TEXT_KERNEL_H
#define FINLEAK_RENDER_TEXT_KERNEL_H

#include <stdio.h>

#include "analyzer/report/report.h"

/* How much stands unread before the end, where that is the reason. */
void text_unread(FILE *out, const struct report_leak *leak);

/* Which epoll descriptors watch it, and for what: of the first socket, as a rule like the others'.
 */
void text_interests(FILE *out, const struct report_leak *leak);

/* The listener of connections that nobody accepted, and what its thread does. */
/* Who should poll, and what the thread does instead. */
void text_poller(FILE *out, const struct report_leak *leak);

void text_listener(FILE *out, const struct report_leak *leak);

/* Which processes have the sockets, where there are several, or another one than theirs. */
void text_holders(FILE *out, const struct report_leak *leak);

#endif
