/* SPDX-License-Identifier: MIT */
/* What a finding says of each of its sockets. */
#ifndef FINLEAK_REPORT_SOCKET_H
#define FINLEAK_REPORT_SOCKET_H

#include "analyzer/report/report.h"

/* "192.0.2.1:80", "[2001:db8::1]:80"; "" unknown; into TEXT of SIZE bytes. */
void report_print_address(char *text, size_t size, const struct recorded_address *address);

/* Appends LEAK's socket to FINDING; LEAK has a life. The finding owns the lists in it. */
void report_add_socket(struct report_leak *finding, const struct leak *leak);

/* The listener of LEAK, which is never-accepted; the caller frees it. */
struct report_listener *report_listener_of(const struct leak *leak);

/* Who polls the epoll descriptor that watches the socket of LEAK; the caller frees it. */
struct report_poller *report_poller_of(const struct leak *leak);

/* Sets what FINDING says of all of its sockets: how long they were held, how often read. */
void report_sum_up_sockets(struct report_leak *finding);

#endif
