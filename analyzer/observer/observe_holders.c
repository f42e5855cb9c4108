/* SPDX-License-Identifier: MIT */
#include "analyzer/observer/observe_holders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/kernel_view/kernel_holders.h"
#include "analyzer/kernel_view/kernel_process.h"
#include "analyzer/kernel_view/kernel_rings.h"

/* A socket that PROCESS has closed and that another process keeps in CLOSE_WAIT. */
struct held_by_unrecorded {
	const struct kernel_socket *socket;
	const struct observed_process *process;
};

/* What became a program without the recorder holds it as an outsider, if at all. */
static bool was_replaced(const struct recording *recording)
{
	return recording->header.end == END_EXEC || recording->header.end == END_EXEC_UNSEEN;
}

static bool is_open_in(const struct observed_process *process, uint64_t cookie)
{
	const struct observed_socket *socket = observation_find(process->observation, cookie);

	return socket && !was_replaced(process->recording) && socket->fd >= 0 && !socket->closed_ns;
}

/* All departures whose socket is in CLOSE_WAIT and open in none of PROCESSES. The caller frees. */
static struct held_by_unrecorded *find_held_by_unrecorded(const struct sample *sample,
							  const struct observed_process *processes,
							  size_t count, size_t *left_count)
{
	struct held_by_unrecorded *list = NULL;
	size_t i, j, k;

	*left_count = 0;
	for (i = 0; i < count; i++) {
		const struct recording *recording = processes[i].recording;

		for (j = 0; j < recording->departure_count; j++) {
			const struct kernel_socket *socket =
				sample_find(sample, recording->departures[j].cookie);

			if (!socket || socket->state != KERNEL_CLOSE_WAIT || !socket->inode)
				continue;
			/* Closed after the sample. */
			if (recording->departures[j].closed_ns >= sample->now_ns)
				continue;
			for (k = 0; k < count && !is_open_in(&processes[k], socket->cookie);)
				k++;
			if (k < count)
				continue;
			*(struct held_by_unrecorded *)allocate_next(&list, *left_count,
								    sizeof(*list)) =
				(struct held_by_unrecorded){ socket, &processes[i] };
			++*left_count;
		}
	}
	return list;
}

static bool is_stuck(const struct observed_socket *socket)
{
	return socket->state == KERNEL_CLOSE_WAIT && socket->inode &&
	       socket->since_ns < socket->sampled_ns;
}

bool observe_holders_wanted(const struct sample *sample, const struct observed_process *processes,
			    size_t count)
{
	struct held_by_unrecorded *left;
	size_t i, j;

	for (i = 0; i < count; i++) {
		const struct observation *observation = processes[i].observation;

		for (j = 0; j < observation->socket_count; j++)
			if (is_stuck(&observation->sockets[j]))
				return true;
	}
	left = find_held_by_unrecorded(sample, processes, count, &j);
	free(left);
	return j > 0;
}

/* COMPLETE: INTERESTS are all that the process has. */
static void take_readiness(struct observed_socket *socket, const struct kernel_interests *interests,
			   bool complete)
{
	const struct kernel_interest *deciding =
		kernel_interests_deciding(interests, socket->inode);

	socket->epoll = deciding ? deciding->epoll : -1;
	socket->epoll_events = deciding ? deciding->events : 0;
	socket->readiness = kernel_epoll_readiness(deciding, complete);
}

static void confirm(struct observed_socket *socket, const struct kernel_holdings *holdings)
{
	size_t count;

	/* A socket in no table was sampled through its descriptor. */
	if (!socket->inode)
		return;
	kernel_holders_of_inode(holdings, socket->inode, &count);
	socket->flags &= (uint8_t) ~(OBSERVED_CONFIRMED | OBSERVED_GONE);
	socket->flags |= count ? OBSERVED_CONFIRMED : OBSERVED_GONE;
}

/* Lists the descriptors of PROCESS itself. */
static void list_own(const struct sample *sample, const struct observed_process *process,
		     struct kernel_descriptors *descriptors)
{
	struct observation *observation = process->observation;
	struct kernel_holdings holdings = { 0 };
	struct kernel_interests interests = { 0 };
	bool complete;
	size_t i;

	if (kernel_holders_add(&holdings, descriptors, process->pid))
		goto out;
	observation->listed_ns = sample->now_ns;
	observation->rings = descriptors->ring_count;
	kernel_holders_sort(&holdings);
	/* A ring polls without an interest list. */
	complete = descriptors->ring_count == 0;
	for (i = 0; i < descriptors->epoll_count; i++)
		complete &= kernel_epoll_add(&interests, process->pid, descriptors->epolls[i]) == 0;
	kernel_interests_sort(&interests);
	for (i = 0; i < observation->socket_count; i++) {
		struct observed_socket *socket = &observation->sockets[i];

		if (socket->listener || socket->closed_ns)
			continue;
		confirm(socket, &holdings);
		if (socket->state == KERNEL_CLOSE_WAIT)
			take_readiness(socket, &interests, complete);
	}
out:
	free(holdings.list);
	free(interests.list);
}

static void add_holder(const struct held_by_unrecorded *left, struct observed_holder holder)
{
	struct observation *observation = left->process->observation;

	holder.cookie = left->socket->cookie;
	*(struct observed_holder *)allocate_next(&observation->holders, observation->holder_count,
						 sizeof(holder)) = holder;
	observation->holder_count++;
}

static void add_outsider(const struct held_by_unrecorded *left,
			 const struct kernel_holding *holding)
{
	struct observed_holder holder = { .pid = holding->pid, .fd = holding->fd };
	struct kernel_process process;

	if (kernel_process_read(&process, holding->pid) == 0)
		snprintf(holder.command, sizeof(holder.command), "%s", process.command);
	kernel_process_clear(&process);
	holder.is_child = kernel_process_descends_from(holding->pid, left->process->pid);
	add_holder(left, holder);
}

/* The holder may be a ring of the process itself. */
static void add_ring(const struct held_by_unrecorded *left,
		     const struct kernel_descriptors *descriptors)
{
	size_t i;

	for (i = 0; i < descriptors->ring_count; i++)
		if (kernel_ring_holds(left->process->pid, descriptors->rings[i],
				      left->socket->inode))
			add_holder(left, (struct observed_holder){ .pid = left->process->pid,
								   .fd = descriptors->rings[i],
								   .is_ring = true,
								   .command = "io_uring" });
}

static void add_held_by_unrecorded(struct observation *observation,
				   const struct held_by_unrecorded *left, uint64_t now_ns)
{
	const struct kernel_socket *found = left->socket;
	struct observed_socket *socket = NULL;
	size_t i;

	for (i = 0; i < observation->socket_count && !socket; i++)
		if (observation->sockets[i].cookie == found->cookie)
			socket = &observation->sockets[i];
	/* If the process had it open, that is over. */
	if (socket && !socket->closed_ns)
		return;
	if (!socket) {
		socket = allocate_next(&observation->sockets, observation->socket_count,
				       sizeof(*socket));
		observation->socket_count++;
	}
	*socket = (struct observed_socket){
		.cookie = found->cookie,
		.since_ns = now_ns,
		.sampled_ns = now_ns,
		.bytes_sent = found->bytes_sent,
		.quiet_ms = found->quiet_ms,
		.sent_ms = found->sent_ms,
		.inode = found->inode,
		.receive_queue = found->receive_queue,
		.send_queue = found->send_queue,
		.fd = -1,
		.epoll = -1,
		.state = found->state,
		.local = found->local,
		.peer = found->peer,
	};
}

void observe_holders(const struct sample *sample, const struct observed_process *processes,
		     size_t count)
{
	struct kernel_descriptors *descriptors = allocate_zeroed(count + 1, sizeof(*descriptors));
	struct kernel_holdings all = { 0 };
	size_t left_count, i, j, holding_count;
	struct held_by_unrecorded *left =
		find_held_by_unrecorded(sample, processes, count, &left_count);

	for (i = 0; i < count; i++) {
		/* Found again below. */
		processes[i].observation->holder_count = 0;
		list_own(sample, &processes[i], &descriptors[i]);
	}
	if (left_count)
		kernel_process_all_holdings(&all);
	for (i = 0; i < left_count; i++) {
		const struct kernel_holding *holdings =
			kernel_holders_of_inode(&all, left[i].socket->inode, &holding_count);

		for (j = 0; j < holding_count; j++)
			add_outsider(&left[i], &holdings[j]);
		if (!holding_count)
			add_ring(&left[i], &descriptors[left[i].process - processes]);
		add_held_by_unrecorded(left[i].process->observation, &left[i], sample->now_ns);
	}
	for (i = 0; left_count && i < count; i++)
		observation_sort(processes[i].observation);
	for (i = 0; i < count; i++)
		kernel_descriptors_clear(&descriptors[i]);
	free(descriptors);
	free(all.list);
	free(left);
}
