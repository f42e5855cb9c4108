/* SPDX-License-Identifier: MIT */
/* What a finding holds on each of its sockets. */
#ifndef FINLEAK_REPORT_SOCKET_H
#define FINLEAK_REPORT_SOCKET_H

#include "analyzer/report/report.h"

#define ADDRESS_TEXT_SIZE 64

/* "192.0.2.1:80", "[2001:db8::1]:80"; "" unknown; into TEXT of SIZE bytes. */
void report_print_address(char *text, size_t size, const struct recorded_address *address);

/* ADDRESS as struct report_socket has it: what does not count is 0. */
struct recorded_address report_address(const struct recorded_address *address);

/*
 * Fills in the sockets of FINDING, which has none: those of the COUNT LEAKS that have a life. The
 * finding owns them and the lists in them.
 */
void report_fill_sockets(struct report_leak *finding, const struct leak *const *leaks,
			 size_t count);

/* Appends HOLDER to FINDING's, for the last of its sockets. */
void report_add_holder(struct report_leak *finding, struct report_holder holder);

/* Shows the sockets of FINDING their holders; none is added after that. */
void report_settle_holders(struct report_leak *finding);

/* The listener of LEAK, which is never-accepted; the caller frees it. */
struct report_listener *report_listener_of(const struct leak *leak);

/* Who polls the epoll descriptor that watches the socket of LEAK; the caller frees it. */
struct report_poller *report_poller_of(const struct leak *leak);

/* Sets what FINDING states of all of its sockets: how long they were held, how often read. */
void report_sum_up_sockets(struct report_leak *finding);

#endif
