/* SPDX-License-Identifier: MIT */
#include "analyzer/report_socket.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyzer/allocate.h"
#include "analyzer/report_process.h"

#define NS_PER_MS 1e6

void report_print_address(char *text, size_t size, const struct recorded_address *address)
{
	char ip[INET6_ADDRSTRLEN];

	text[0] = '\0';
	if (address->family != AF_INET && address->family != AF_INET6)
		return;
	if (!inet_ntop(address->family, address->ip, ip, sizeof(ip)))
		return;
	snprintf(text, size, address->family == AF_INET ? "%s:%u" : "[%s]:%u", ip, address->port);
}

static int fd_of(const struct holding *holding)
{
	return holding->fd_count ? holding->fds[0] : holding->row->first_fd;
}

static const struct recorded_address *known_address(const struct recorded_address *first,
						    const struct recorded_address *second)
{
	return first->family ? first : second;
}

static void add_holder(struct report_socket *socket, const struct holding *holding)
{
	struct report_holder *holder =
		allocate_next(&socket->holders, socket->holder_count, sizeof(*holder));

	holder->pid = holding->process->recording->header.pid;
	holder->fd = fd_of(holding);
	socket->holder_count++;
}

/*
 * Had HOLDING the socket still when CULPRIT ended? A child that inherited it and was gone by then
 * held nothing up. Two ends that nobody knows are taken for one: a whole tree was killed.
 */
static bool stayed_with(const struct holding *holding, const struct holding *culprit)
{
	const struct process *process = holding->process;

	if (holding->handed_on)
		return false;
	if (process->state == PROCESS_RUNNING || process == culprit->process)
		return true;
	if (process->end_known != culprit->process->end_known)
		return false;
	return !process->end_known || process->end_ns >= culprit->process->end_ns;
}

void report_add_socket(struct report_leak *shown, const struct leak *leak)
{
	struct report_socket *socket =
		allocate_next(&shown->sockets, shown->socket_count, sizeof(*socket));
	const struct recorded_socket *row = leak->holder->row, *history = leak->history->row;
	uint64_t start_ns = leak->history->process->recording->header.start_ns;
	size_t i;

	shown->socket_count++;
	socket->pid = leak->holder->process->recording->header.pid;
	socket->fd = fd_of(leak->holder);
	socket->cookie = leak->life->name.cookie;
	report_print_address(socket->local, sizeof(socket->local),
			     known_address(&row->local, &history->local));
	report_print_address(socket->peer, sizeof(socket->peer),
			     known_address(&row->peer, &history->peer));
	socket->tcp_state = report_state_of(row);
	socket->receive_queue = row->looked_ns ? (int64_t)row->unread : -1;
	socket->opened_ms = history->opened_ns
				    ? nanoseconds_between(start_ns, history->opened_ns) / NS_PER_MS
				    : -1;
	socket->eof_ms =
		history->eof_ns ? nanoseconds_between(start_ns, history->eof_ns) / NS_PER_MS : -1;
	socket->eof_reads = history->eof_reads;
	socket->held_ms = nanoseconds_between(leak->decided_ns, leak->until_ns) / NS_PER_MS;
	/* The one to blame goes first. */
	add_holder(socket, leak->holder);
	for (i = 0; i < leak->life->holding_count; i++) {
		const struct holding *holding = &leak->life->holdings[i];

		if (holding != leak->holder && stayed_with(holding, leak->holder))
			add_holder(socket, holding);
	}
}

static int by_number(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return a < b ? -1 : a > b ? 1 : 0;
}

void report_sum_up_sockets(struct report_leak *shown)
{
	double *held = allocate_zeroed(shown->socket_count, sizeof(*held));
	size_t i;

	for (i = 0; i < shown->socket_count; i++) {
		held[i] = shown->sockets[i].held_ms;
		if (shown->sockets[i].eof_reads > shown->eof_reads_max)
			shown->eof_reads_max = shown->sockets[i].eof_reads;
	}
	if (shown->socket_count) {
		qsort(held, shown->socket_count, sizeof(*held), by_number);
		shown->held_min_ms = held[0];
		shown->held_median_ms = held[shown->socket_count / 2];
		shown->held_max_ms = held[shown->socket_count - 1];
	}
	free(held);
}
