/* SPDX-License-Identifier: MIT */
#include "analyzer/observer/observe_unrecorded.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/kernel_view/kernel_holders.h"
#include "analyzer/kernel_view/kernel_process.h"
#include "analyzer/observer/observed_history.h"
#include "analyzer/observer/unrecorded_closed.h"
#include "analyzer/observer/unrecorded_shared.h"

struct unrecorded_search {
	struct sample *sample;
	struct unrecorded_table table;
};

/* Is there something to keep of FOUND, as of a recorded socket? */
static bool is_worth_keeping(const struct kernel_socket *found)
{
	return found->state == KERNEL_CLOSE_WAIT ||
	       (found->state == KERNEL_ESTABLISHED && found->receive_queue);
}

static enum observed_origin origin_of(const struct unrecorded_search *search,
				      const struct kernel_socket *found, int fd,
				      const struct observed_socket *before)
{
	if (before && before->origin)
		return before->origin;
	/* A handler's connection, as inetd hands it on. */
	if (fd <= STDERR_FILENO)
		return OBSERVED_UNRECORDED_SHARED;
	return kernel_listener_of(&search->sample->listeners, found->namespace, &found->local)
		       ? OBSERVED_UNRECORDED_ACCEPTED
		       : OBSERVED_UNRECORDED;
}

static void add_listed(const struct unrecorded_search *search,
		       const struct observed_process *process, const struct kernel_socket *found,
		       int fd)
{
	struct observed_socket *socket;

	if (!is_worth_keeping(found))
		return;
	socket = observed_add(process->observation, search->sample, found->cookie, NULL, fd);
	observed_take_listed(socket, found);
	observed_take_history(socket, process->previous);
	socket->origin = (uint8_t)origin_of(search, found, fd,
					    observation_find(process->previous, found->cookie));
}

/* The connections in the queue of LISTENER whose peers have closed. */
static void add_pending(const struct unrecorded_search *search,
			const struct observed_process *process,
			const struct kernel_socket *listener, int fd)
{
	struct observation *now = process->observation;
	bool waits = false;
	size_t i;

	for (i = 0; i < search->sample->pending_count; i++) {
		struct pending_connection *pending = &search->sample->pending[i];
		struct observed_socket *socket;

		if (pending->claimed || pending->listener->cookie != listener->cookie)
			continue;
		pending->claimed = waits = true;
		socket = observed_add(now, search->sample, pending->socket->cookie, NULL, -1);
		observed_take_listed(socket, pending->socket);
		observed_take_history(socket, process->previous);
		socket->listener = listener->cookie;
		socket->origin = OBSERVED_UNRECORDED_ACCEPTED;
	}
	if (!waits)
		return;
	*(struct observed_listener *)allocate_next(&now->listeners, now->listener_count,
						   sizeof(*now->listeners)) =
		(struct observed_listener){ .cookie = listener->cookie,
					    .waiting = listener->receive_queue,
					    .maximum = listener->send_queue,
					    .fd = fd,
					    .local = listener->local };
	now->listener_count++;
}

/*
 * A socket that was being opened while the sample was taken may not be recorded yet: those count
 * that two listings found, and with them what the process opens the same way.
 */
static void count_one(const struct observed_process *process, const struct kernel_socket *found,
		      bool *confirmed)
{
	const struct observation *before = process->previous;
	struct observation *now = process->observation;
	size_t i;

	for (i = 0; before && i < UNRECORDED_KNOWN && i < before->unrecorded; i++)
		*confirmed |= before->unrecorded_known[i] == found->cookie;
	if (now->unrecorded < UNRECORDED_KNOWN)
		now->unrecorded_known[now->unrecorded] = found->cookie;
	now->unrecorded++;
	now->unrecorded_states[found->state % OBSERVED_STATES]++;
}

static void take_listed(struct unrecorded_search *search, const struct observed_process *process,
			struct listed_socket *listed, int fd, bool *confirmed)
{
	/* Of several processes that have it, the first is the eldest. */
	if (listed->recorded || listed->owned)
		return;
	listed->owned = true;
	count_one(process, listed->socket, confirmed);
	if (listed->socket->state == KERNEL_LISTEN)
		add_pending(search, process, listed->socket, fd);
	else
		add_listed(search, process, listed->socket, fd);
}

static void list_process(struct unrecorded_search *search, const struct observed_process *process)
{
	struct unlisted_source source = { .pid = process->pid, .pidfd = -1 };
	struct observation *now = process->observation;
	struct kernel_holdings holdings = { 0 };
	bool confirmed = now->is_go || process->recording->is_stand_in;
	size_t i;

	if (kernel_holders_add(&holdings, NULL, process->pid))
		goto out;
	kernel_holders_sort(&holdings);
	for (i = 0; i < holdings.count; i++) {
		const struct kernel_holding *holding = &holdings.list[i];
		struct listed_socket *listed;

		if (i && holding[-1].inode == holding->inode)
			continue;
		listed = unrecorded_table_find(&search->table, holding->inode);
		if (listed)
			take_listed(search, process, listed, holding->fd, &confirmed);
		else if (unrecorded_closed_add(search->sample, process, &search->table.recorded,
					       &source, holding->fd))
			now->unrecorded++;
	}
	unlisted_source_clear(&source);
	if (confirmed && now->unrecorded > now->unrecorded_most)
		now->unrecorded_most = now->unrecorded;
out:
	free(holdings.list);
}

/* Without a listing: what the one before found, as the table has it now. */
static void keep_process(const struct unrecorded_search *search,
			 const struct observed_process *process)
{
	const struct observation *before = process->previous;
	struct unlisted_source source = { .pid = process->pid, .pidfd = -1 };
	struct observation *now = process->observation;
	size_t i;

	now->unrecorded = before->unrecorded;
	memcpy(now->unrecorded_known, before->unrecorded_known, sizeof(now->unrecorded_known));
	memcpy(now->unrecorded_states, before->unrecorded_states, sizeof(now->unrecorded_states));
	for (i = 0; i < before->socket_count; i++) {
		const struct observed_socket *socket = &before->sockets[i];
		const struct kernel_socket *found;

		if (!socket->origin || socket->listener)
			continue;
		found = sample_find(search->sample, socket->cookie);
		if (found && found->inode)
			add_listed(search, process, found, socket->fd);
		else if (socket->state == KERNEL_CLOSE)
			unrecorded_closed_add(search->sample, process, &search->table.recorded,
					      &source, socket->fd);
	}
	unlisted_source_clear(&source);
}

/*
 * The listener may have been closed. What came by it has its port in common still; what the process
 * opened itself has a port of its own.
 */
static void find_accepted(struct observation *now)
{
	uint8_t *seen;
	size_t i;

	if (now->unrecorded < 2)
		return;
	seen = allocate_zeroed(UINT16_MAX + 1, sizeof(*seen));
	for (i = 0; i < now->socket_count; i++)
		if (now->sockets[i].origin && seen[now->sockets[i].local.port] < 2)
			seen[now->sockets[i].local.port]++;
	for (i = 0; i < now->socket_count; i++)
		if (now->sockets[i].origin == OBSERVED_UNRECORDED &&
		    seen[now->sockets[i].local.port] > 1)
			now->sockets[i].origin = OBSERVED_UNRECORDED_ACCEPTED;
	free(seen);
}

/* They are sockets of the process like others. */
static void add_to_census(struct observation *now)
{
	size_t i;

	for (i = 0; i < OBSERVED_STATES; i++)
		now->states[i] += now->unrecorded_states[i];
}

/* Has PROCESS become a program without a recording, which has what it has now? */
static bool is_succeeded(const struct observed_process *process, const struct observed_process *end)
{
	/* Those are the last ones. */
	while (--end > process && end->recording->is_stand_in)
		if (end->pid == process->pid)
			return true;
	return false;
}

void observe_unrecorded(struct unrecorded_memory *memory, struct sample *sample,
			const struct observed_process *processes, size_t count, bool thorough)
{
	uint64_t before_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	struct unrecorded_search search = { sample, unrecorded_table_of(sample, processes, count) };
	bool lists = thorough || unrecorded_listing_wanted(memory, &search.table, sample->now_ns,
							   processes, count);
	size_t i;

	for (i = 0; i < count; i++) {
		const struct observed_process *process = &processes[i];

		if (process->previous)
			process->observation->unrecorded_most = process->previous->unrecorded_most;
		if (is_succeeded(process, processes + count))
			continue;
		if (lists)
			list_process(&search, process);
		else if (process->previous)
			keep_process(&search, process);
		find_accepted(process->observation);
		add_to_census(process->observation);
		observation_sort(process->observation);
	}
	unrecorded_shared_find(processes, count);
	if (lists)
		unrecorded_memory_take(memory, &search.table, sample->now_ns,
				       clock_ns(CLOCK_PROCESS_CPUTIME_ID) - before_ns);
	unrecorded_table_clear(&search.table);
}
