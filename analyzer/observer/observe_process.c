/* SPDX-License-Identifier: MIT */
#include "analyzer/observer/observe_process.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/kernel_view/kernel_holders.h"
#include "analyzer/kernel_view/kernel_thread.h"
#include "analyzer/kernel_view/kernel_unlisted.h"

/* What the rows of one process are held against. */
struct observing {
	const struct sample *sample;
	const struct observation *previous;
	struct observation *now;
	int pidfd; /* -1: not needed yet, or refused */
	bool pidfd_asked;
};

const struct kernel_socket *sample_find(const struct sample *sample, uint64_t cookie)
{
	size_t low = 0, high = sample->sockets.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct kernel_socket *socket = &sample->sockets.list[middle];

		if (socket->cookie == cookie)
			return socket;
		if (socket->cookie < cookie)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* ROW NULL: it is none of the process's own. */
static struct observed_socket *add_socket(struct observing *observing, uint64_t cookie,
					  const struct recorded_socket *row, int fd)
{
	struct observation *now = observing->now;
	struct observed_socket *socket =
		allocate_next(&now->sockets, now->socket_count, sizeof(*socket));

	now->socket_count++;
	socket->cookie = cookie;
	socket->sampled_ns = observing->sample->now_ns;
	socket->since_ns = socket->sampled_ns;
	socket->quiet_ms = socket->sent_ms = -1;
	socket->fd = fd;
	socket->opened_stack = row ? row->opened_stack : 0;
	socket->epoll = -1;
	return socket;
}

/* What earlier looks knew of it. */
static void take_history(struct observed_socket *socket, const struct observation *previous)
{
	const struct observed_socket *before = observation_find(previous, socket->cookie);

	if (!before || before->state != socket->state)
		return;
	socket->since_ns = before->since_ns;
	socket->sent_ns =
		socket->bytes_sent > before->bytes_sent ? socket->sampled_ns : before->sent_ns;
	socket->read_ns = socket->receive_queue < before->receive_queue ? socket->sampled_ns
									: before->read_ns;
	/* Until descriptors are listed again. */
	socket->flags |= before->flags & (OBSERVED_CONFIRMED | OBSERVED_GONE);
	socket->readiness = before->readiness;
	socket->epoll = before->epoll;
	socket->epoll_events = before->epoll_events;
}

static void take_listed(struct observed_socket *socket, const struct kernel_socket *found)
{
	socket->state = found->state;
	socket->inode = found->inode;
	socket->bytes_sent = found->bytes_sent;
	socket->quiet_ms = found->quiet_ms;
	socket->sent_ms = found->sent_ms;
	socket->receive_queue = found->receive_queue;
	socket->send_queue = found->send_queue;
	socket->local = found->local;
	socket->peer = found->peer;
	if (found->multipath)
		socket->flags |= OBSERVED_MULTIPATH;
}

static enum kernel_unlisted_answer ask_unlisted(struct observing *observing, int fd,
						struct kernel_unlisted *unlisted)
{
	const struct kernel_holding holding = { .pid = observing->now->pid, .fd = fd };

	if (!observing->pidfd_asked)
		observing->pidfd = kernel_unlisted_open(observing->now->pid);
	observing->pidfd_asked = true;
	return kernel_unlisted_fill(unlisted, observing->pidfd, &holding);
}

static void take_unlisted(struct observed_socket *socket, const struct kernel_unlisted *unlisted,
			  bool accepted)
{
	socket->state = unlisted->state;
	socket->bytes_sent = unlisted->bytes_sent;
	socket->quiet_ms = unlisted->quiet_ms;
	socket->local = unlisted->local;
	socket->flags |= OBSERVED_CONFIRMED;
	if (!kernel_unlisted_was_connected(unlisted))
		return;
	socket->flags |= OBSERVED_CONNECTED;
	if (kernel_unlisted_fin_acked(unlisted, accepted))
		socket->flags |= OBSERVED_FIN_SENT;
	if (unlisted->error_pending)
		socket->flags |= OBSERVED_ERROR_PENDING;
}

/* Has the program learned anything by which it should close ROW? */
static bool is_decided(const struct recorded_socket *row)
{
	return row->life & (LIFE_EOF | LIFE_ERROR | LIFE_SHUTDOWN) ||
	       row->role == ROLE_CONNECT_FAILED;
}

/*
 * The kernel's table has ROW in nobody's hands, or not at all: closed for good, or not used yet;
 * not there any more; or newer than the table.
 */
static void observe_unlisted(struct observing *observing, const struct recorded_socket *row, int fd)
{
	struct observation *now = observing->now;
	struct kernel_unlisted unlisted = { .quiet_ms = -1 };
	struct observed_socket *socket;
	bool refused = false;

	switch (ask_unlisted(observing, fd, &unlisted)) {
	case UNLISTED_SEEN:
		break;
	case UNLISTED_REFUSED:
		/* All that is known is that it is in no table. */
		unlisted.cookie = row->cookie;
		unlisted.state = KERNEL_CLOSE;
		unlisted.local = row->local;
		refused = true;
		break;
	default:
		unlisted.cookie = 0;
		break;
	}
	if (unlisted.cookie == row->cookie && unlisted.state != KERNEL_CLOSE) {
		now->states[unlisted.state % OBSERVED_STATES]++;
		return;
	}
	if (unlisted.cookie == row->cookie && !kernel_unlisted_was_connected(&unlisted) &&
	    !is_decided(row)) {
		now->idle += unlisted.local.port == 0;
		now->bound += unlisted.local.port != 0;
		return;
	}
	socket = add_socket(observing, row->cookie, row, fd);
	socket->local = row->local;
	if (unlisted.cookie == row->cookie) {
		take_unlisted(socket, &unlisted, row->source == SOURCE_ACCEPT);
		if (refused)
			socket->flags = 0;
		now->closed++;
	} else {
		socket->flags |= OBSERVED_GONE;
	}
	socket->peer = row->peer;
	take_history(socket, observing->previous);
}

static void observe_row(struct observing *observing, const struct recorded_socket *row, int fd)
{
	const struct kernel_socket *found = sample_find(observing->sample, row->cookie);
	struct observed_socket *socket;

	/* What both sides have ended is in TIME_WAIT, and a descriptor may hold the rest of it. */
	if (!found || !found->inode) {
		observe_unlisted(observing, row, fd);
		return;
	}
	observing->now->states[found->state]++;
	observing->now->unanswered +=
		found->state == KERNEL_ESTABLISHED && found->unanswered >= UNANSWERED_LONG;
	if (found->state == KERNEL_LISTEN ||
	    (found->state != KERNEL_CLOSE_WAIT && !is_decided(row)))
		return;
	socket = add_socket(observing, row->cookie, row, fd);
	take_listed(socket, found);
	take_history(socket, observing->previous);
}

/* What waits, dead, in the queue of the listener ROW. */
static void observe_pending(struct observing *observing, struct sample *sample,
			    const struct recorded_socket *row, int fd)
{
	struct observation *now = observing->now;
	struct observed_listener *listener;
	const struct kernel_socket *found = NULL;
	size_t i;

	for (i = 0; i < sample->pending_count; i++) {
		struct pending_connection *pending = &sample->pending[i];
		struct observed_socket *socket;

		if (pending->claimed || pending->listener->cookie != row->cookie)
			continue;
		pending->claimed = true;
		found = pending->listener;
		socket = add_socket(observing, pending->socket->cookie, NULL, -1);
		take_listed(socket, pending->socket);
		socket->listener = row->cookie;
		take_history(socket, observing->previous);
	}
	if (!found)
		return;
	listener = allocate_next(&now->listeners, now->listener_count, sizeof(*listener));
	now->listener_count++;
	listener->cookie = row->cookie;
	listener->waiting = found->receive_queue;
	listener->maximum = found->send_queue;
	listener->opened_stack = row->opened_stack;
	listener->listen_stack = row->listen_stack;
	listener->fd = fd;
	listener->local = found->local;
	if (row->last_use == USE_ACCEPT) {
		listener->accepted_ns = row->last_use_ns;
		listener->accept_stack = row->last_use_stack;
	}
	if (row->last_use == USE_ACCEPT && row->accept_thread)
		kernel_thread_describe(listener->thread, sizeof(listener->thread), now->pid,
				       row->accept_thread);
}

/*
 * What was stuck at the look before and is closed by now is told for one look more: a program that
 * ends by itself closes everything then, and this may be the last look at it.
 */
static void observe_closed(struct observing *observing)
{
	const struct observation *previous = observing->previous;
	struct observation *now = observing->now;
	size_t told = now->socket_count, i;

	observation_sort(now);
	for (i = 0; previous && i < previous->socket_count; i++) {
		const struct observed_socket *before = &previous->sockets[i];
		const struct observation rows = { .sockets = now->sockets, .socket_count = told };
		struct observed_socket *closed;

		if (before->fd < 0 || before->state != KERNEL_CLOSE_WAIT ||
		    before->flags & (OBSERVED_GONE | OBSERVED_CLOSED) ||
		    observation_find(&rows, before->cookie))
			continue;
		closed = allocate_next(&now->sockets, now->socket_count, sizeof(*closed));
		now->socket_count++;
		*closed = *before;
		closed->flags |= OBSERVED_CLOSED;
	}
}

/* What the process has closed and somebody else keeps, as listings of descriptors found it. */
static void observe_held_by_unrecorded(struct observing *observing)
{
	const struct observation *previous = observing->previous;
	struct observation *now = observing->now;
	size_t i, j;

	for (i = 0; previous && i < previous->socket_count; i++) {
		const struct observed_socket *before = &previous->sockets[i];
		const struct kernel_socket *found;
		struct observed_socket *socket;

		if (before->fd >= 0 || before->listener)
			continue;
		found = sample_find(observing->sample, before->cookie);
		if (!found || found->state != KERNEL_CLOSE_WAIT || !found->inode)
			continue;
		socket = add_socket(observing, before->cookie, NULL, -1);
		take_listed(socket, found);
		take_history(socket, previous);
		for (j = 0; j < previous->holder_count; j++) {
			if (previous->holders[j].cookie != before->cookie)
				continue;
			*(struct observed_holder *)allocate_next(&now->holders, now->holder_count,
								 sizeof(*now->holders)) =
				previous->holders[j];
			now->holder_count++;
		}
	}
}

/* The lowest number of each row; -1: it has none. The caller frees them. */
static int32_t *descriptor_of_rows(const struct recording *recording)
{
	int32_t *fds = allocate_zeroed(recording->socket_count + 1, sizeof(*fds));
	size_t fd;

	memset(fds, -1, recording->socket_count * sizeof(*fds));
	for (fd = recording->descriptor_count; fd-- > 0;) {
		uint32_t row = recorded_descriptor_row(recording->descriptors[fd]);

		if (row && row <= recording->socket_count)
			fds[row - 1] = (int32_t)fd;
	}
	return fds;
}

static void observe_rows(struct observing *observing, struct sample *sample,
			 const struct recording *recording)
{
	int32_t *fds = descriptor_of_rows(recording);
	size_t i;

	for (i = 0; i < recording->socket_count; i++) {
		const struct recorded_socket *row = &recording->sockets[i];

		if (!(row->life & LIFE_OPEN) || !row->cookie || row->kind == KIND_UNIX ||
		    fds[i] < 0)
			continue;
		observe_row(observing, row, fds[i]);
		if (row->role != ROLE_LISTENER)
			continue;
		observe_pending(observing, sample, row, fds[i]);
		unowned_sockets_claim(&sample->unowned, row->cookie, observing->now->unowned);
	}
	free(fds);
}

struct observation *observe_process(struct sample *sample, int pid,
				    const struct recording *recording,
				    const struct observation *previous)
{
	struct observation *now = allocate_zeroed(1, sizeof(*now));
	struct observing observing = {
		.sample = sample, .previous = previous, .now = now, .pidfd = -1
	};
	struct rlimit limit;

	now->pid = pid;
	now->sampled_ns = sample->now_ns;
	now->descriptors = kernel_descriptor_count(pid);
	if (prlimit(pid, RLIMIT_NOFILE, NULL, &limit) == 0)
		now->descriptor_limit = limit.rlim_cur;
	now->first_ns = previous ? previous->first_ns : now->sampled_ns;
	now->descriptors_first = previous ? previous->descriptors_first : now->descriptors;
	now->samples = previous ? previous->samples + 1 : 1;
	now->listed_ns = previous ? previous->listed_ns : 0;
	now->rings = previous ? previous->rings : 0;
	observe_rows(&observing, sample, recording);
	observe_closed(&observing);
	observe_held_by_unrecorded(&observing);
	if (!sample->counts_time_wait && previous)
		now->unowned[KERNEL_TIME_WAIT] = previous->unowned[KERNEL_TIME_WAIT];
	if (observing.pidfd >= 0)
		close(observing.pidfd);
	observation_sort(now);
	return now;
}
