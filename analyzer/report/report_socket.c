/* SPDX-License-Identifier: MIT */
#include "analyzer/report/report_socket.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/report/report_state.h"
#include "analyzer/rules/polling.h"

#define IPV4_TEXT_SIZE sizeof("255.255.255.255:65535")

/* As inet_ntop() and snprintf() would, without their cost: a report may have millions. */
static void print_ipv4(char *text, const struct recorded_address *address)
{
	static const char digits[] = "0123456789";
	unsigned int numbers[5] = { address->ip[0], address->ip[1], address->ip[2], address->ip[3],
				    address->port };
	size_t i;

	for (i = 0; i < 5; i++) {
		unsigned int power = 1;

		while (numbers[i] / power >= 10)
			power *= 10;
		for (; power; power /= 10)
			*text++ = digits[numbers[i] / power % 10];
		*text++ = i < 3 ? '.' : ':';
	}
	text[-1] = '\0';
}

void report_print_address(char *text, size_t size, const struct recorded_address *address)
{
	char ip[INET6_ADDRSTRLEN];

	text[0] = '\0';
	if (address->family == AF_INET && size >= IPV4_TEXT_SIZE)
		print_ipv4(text, address);
	if (address->family != AF_INET6 || !inet_ntop(AF_INET6, address->ip, ip, sizeof(ip)))
		return;
	snprintf(text, size, "[%s]:%u", ip, address->port);
}

struct recorded_address report_address(const struct recorded_address *address)
{
	struct recorded_address shown = { 0 };

	if (address->family == AF_INET6)
		return *address;
	if (address->family != AF_INET)
		return shown;
	shown.family = address->family;
	shown.port = address->port;
	memcpy(shown.ip, address->ip, sizeof(struct in_addr));
	return shown;
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

void report_add_holder(struct report_leak *finding, struct report_holder holder)
{
	*(struct report_holder *)allocate_next(&finding->holders, finding->holder_count,
					       sizeof(holder)) = holder;
	finding->holder_count++;
	finding->sockets[finding->socket_count - 1].holder_count++;
}

void report_settle_holders(struct report_leak *finding)
{
	size_t first = 0, i;

	for (i = 0; i < finding->socket_count; i++) {
		finding->sockets[i].holders = finding->holders + first;
		first += finding->sockets[i].holder_count;
	}
}

static void add_holder(struct report_leak *finding, const struct holding *holding)
{
	report_add_holder(finding, (struct report_holder){
					   .pid = holding->process->recording->header.pid,
					   .fd = fd_of(holding),
				   });
}

/*
 * Had HOLDING the socket still when CULPRIT ended? A child that inherited it and was gone by then
 * held nothing up. Two unknown ends are taken for one: a whole tree was killed.
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

/* The kernel's word, where a sample came later than the recorder's own. */
static const struct observed_socket *later_sample(const struct leak *leak)
{
	const struct observed_socket *seen = leak->sighting ? leak->sighting->socket : NULL;

	if (!seen || !leak->holder || seen->listener)
		return seen;
	return seen->sampled_ns >= leak->holder->row->sampled_ns ? seen : NULL;
}

static void add_interest(struct report_socket *shown, int epoll, uint32_t events)
{
	struct report_interest *interest =
		allocate_next(&shown->interests, shown->interest_count, sizeof(*interest));

	shown->interest_count++;
	interest->pid = shown->pid;
	interest->epoll = epoll;
	kernel_epoll_name(interest->events, sizeof(interest->events), events);
}

static void take_sighting(struct report_socket *shown, const struct leak *leak)
{
	const struct observed_socket *seen = later_sample(leak);
	const struct recorded_socket *row = leak->holder ? leak->holder->row : NULL;

	if (seen) {
		shown->tcp_state = report_state_by_kernel(seen->state);
		/* MPTCP counts memory there, not bytes. */
		shown->receive_queue =
			seen->flags & OBSERVED_MULTIPATH ? -1 : (int64_t)seen->receive_queue;
	}
	/* The kernel knows of a consumed EPOLLONESHOT, the recorded call does not. */
	if (leak->sighting && leak->sighting->socket->epoll >= 0)
		add_interest(shown, leak->sighting->socket->epoll,
			     leak->sighting->socket->epoll_events);
	else if (!seen && row && row->epoll_interest & RECORDED_REGISTERED)
		add_interest(shown, row->epoll, row->epoll_interest);
	if (!shown->local.family && seen)
		shown->local = report_address(&seen->local);
	if (!shown->peer.family && seen)
		shown->peer = report_address(&seen->peer);
}

static void take_opening(struct report_socket *shown, const struct recording_header *header,
			 uint64_t opened_ns)
{
	uint64_t after_ns = nanoseconds_between(header->start_ns, opened_ns);

	if (!opened_ns)
		return;
	shown->opened_ms = ns_to_ms(after_ns);
	/* Both come out of a file. */
	if (__builtin_add_overflow(header->start_realtime_ns, after_ns, &shown->opened_at_ns))
		shown->opened_at_ns = 0;
}

static const char *label_or_null(const struct recording *recording, uint32_t label)
{
	const char *text = recording_label(recording, label);

	return text[0] ? text : NULL;
}

static void take_labels(struct report_socket *shown, const struct recording *recording,
			uint32_t opened, uint32_t ended)
{
	shown->opened_label = label_or_null(recording, opened);
	shown->ended_label = label_or_null(recording, ended);
}

static void take_row(struct report_leak *finding, struct report_socket *shown,
		     const struct leak *leak)
{
	const struct recorded_socket *row = leak->holder->row, *history = leak->history->row;
	uint64_t start_ns = leak->history->process->recording->header.start_ns;
	size_t i;

	shown->fd = fd_of(leak->holder);
	shown->local = report_address(known_address(&row->local, &history->local));
	shown->peer = report_address(known_address(&row->peer, &history->peer));
	shown->tcp_state = report_state_of(row);
	if (row->sampled_ns && row->receive_queue != RECORDED_QUEUE_UNKNOWN)
		shown->receive_queue = row->receive_queue;
	take_opening(shown, &leak->history->process->recording->header, history->opened_ns);
	take_labels(shown, leak->history->process->recording, history->opened_label,
		    history->ended_label);
	shown->thread = history->role == ROLE_LISTENER ? 0 : history->touched_thread;
	if (history->role != ROLE_LISTENER && history->touched_ns)
		shown->touched_ms = ns_to_ms(nanoseconds_between(start_ns, history->touched_ns));
	if (history->eof_ns)
		shown->eof_ms = ns_to_ms(nanoseconds_between(start_ns, history->eof_ns));
	/* A listener's row has a thread id there. */
	shown->eof_reads = history->role == ROLE_LISTENER ? 0 : history->eof_reads;
	/* The one to blame goes first. */
	add_holder(finding, leak->holder);
	for (i = 0; i < leak->life->holding_count; i++) {
		const struct holding *holding = &leak->life->holdings[i];

		if (holding != leak->holder && stayed_with(holding, leak->holder))
			add_holder(finding, holding);
	}
}

/* Closed by its program: at its end, or held by something that was not recorded. */
static void take_departure(struct report_leak *finding, struct report_socket *shown,
			   const struct leak *leak)
{
	const struct recorded_departure *departure = leak->departing->departure;
	const struct recording_header *header = &leak->departing->process->recording->header;
	const struct observed_holder *holders;
	size_t count, i;

	shown->local = report_address(&departure->local);
	shown->peer = report_address(&departure->peer);
	shown->fd = leak->class == CLASS_HELD_ELSEWHERE ? -1 : departure->fd;
	shown->eof_reads = departure->eof_reads;
	take_opening(shown, header, departure->opened_ns);
	take_labels(shown, leak->departing->process->recording, departure->opened_label, 0);
	if (departure->eof_ns)
		shown->eof_ms = ns_to_ms(nanoseconds_between(header->start_ns, departure->eof_ns));
	holders = observation_holders(leak->departing->process->observation, shown->cookie, &count);
	for (i = 0; i < count; i++)
		report_add_holder(finding, (struct report_holder){
						   .pid = holders[i].pid,
						   .fd = holders[i].fd,
						   .command = holders[i].command,
					   });
}

/* Appends the socket of LEAK to FINDING's, which have room. */
static void add_socket(struct report_leak *finding, const struct leak *leak)
{
	struct report_socket *shown = &finding->sockets[finding->socket_count++];
	const struct process *process = leak->holder      ? leak->holder->process
					: leak->departing ? leak->departing->process
							  : leak->sighting->process;

	shown->pid = process->recording->header.pid;
	shown->fd = -1;
	shown->cookie = leak->life->name.cookie;
	shown->tcp_state = -1;
	shown->receive_queue = -1;
	shown->opened_ms = shown->touched_ms = shown->eof_ms = -1;
	shown->held_ms = ns_to_ms(nanoseconds_between(leak->decided_ns, leak->until_ns));
	if (leak->finisher) {
		shown->finisher = leak->finisher->recording->header.pid;
		shown->finisher_read = leak->finisher_read;
	}
	if (leak->departing)
		take_departure(finding, shown, leak);
	else if (leak->holder && leak->class != CLASS_NEVER_ACCEPTED)
		take_row(finding, shown, leak);
	else if (!leak->holder && leak->class != CLASS_NEVER_ACCEPTED)
		shown->fd = leak->sighting->socket->fd;
	take_sighting(shown, leak);
}

void report_fill_sockets(struct report_leak *finding, const struct leak *const *leaks, size_t count)
{
	size_t i;

	finding->sockets = allocate_zeroed(count, sizeof(*finding->sockets));
	for (i = 0; i < count; i++)
		if (leaks[i]->life)
			add_socket(finding, leaks[i]);
	report_settle_holders(finding);
}

struct report_listener *report_listener_of(const struct leak *leak)
{
	struct report_listener *shown = allocate_zeroed(1, sizeof(*shown));
	const struct process *process = leak->sighting->process;
	const struct observed_socket *seen = leak->sighting->socket;
	const struct observed_listener *listener =
		observation_listener(process->observation, seen->listener);

	shown->holder.pid = process->recording->header.pid;
	shown->last_accept_ms = -1;
	if (!listener)
		return shown;
	report_print_address(shown->address, sizeof(shown->address), &listener->local);
	shown->holder.fd = listener->fd;
	shown->queued = listener->waiting;
	shown->queue_maximum = listener->maximum;
	snprintf(shown->thread, sizeof(shown->thread), "%s", listener->thread);
	if (listener->accepted_ns)
		shown->last_accept_ms =
			ns_to_ms(nanoseconds_between(listener->accepted_ns, seen->sampled_ns));
	return shown;
}

struct report_poller *report_poller_of(const struct leak *leak)
{
	struct report_poller *shown = allocate_zeroed(1, sizeof(*shown));
	struct polling polling = polling_of(leak->life, leak->holder);

	shown->pid = leak->holder->process->recording->header.pid;
	shown->epoll = polling.epoll;
	shown->thread = polling.thread;
	shown->before_fin_ms = ns_to_ms(nanoseconds_between(polling.returned_ns, leak->decided_ns));
	snprintf(shown->doing, sizeof(shown->doing), "%s", polling.doing ? polling.doing : "");
	return shown;
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
