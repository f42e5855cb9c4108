/* SPDX-License-Identifier: MIT */
#include "analyzer/observer/observe_process.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/proc_task.h"
#include "analyzer/kernel_view/kernel_holders.h"
#include "analyzer/kernel_view/kernel_process.h"
#include "analyzer/kernel_view/kernel_thread.h"
#include "analyzer/observer/observe_closed.h"
#include "analyzer/observer/observe_unlisted.h"
#include "analyzer/observer/observed_history.h"
#include "analyzer/symbolize/elf_identity.h"

/* The process whose rows are compared with a sample. */
struct observing {
	struct sample *sample;
	const struct observation *previous;
	struct observation *now;
	struct unlisted_source source;
};

/* Has the program learned anything by which it should close ROW? */
static bool is_decided(const struct recorded_socket *row)
{
	return row->life & (LIFE_EOF | LIFE_ERROR | LIFE_SHUTDOWN) ||
	       row->role == ROLE_CONNECT_FAILED;
}

static void observe_unlisted_row(struct observing *observing, const struct recorded_socket *row,
				 int fd)
{
	struct observation *now = observing->now;
	struct kernel_unlisted unlisted;
	enum unlisted_row answer = observe_unlisted(&observing->source, &unlisted, row, fd);
	const struct recorded_address *local =
		answer == ROW_REFUSED ? &row->local : &unlisted.local;
	struct observed_socket *socket;

	if (answer == ROW_ALIVE) {
		now->states[unlisted.state % OBSERVED_STATES]++;
		return;
	}
	/* Of such a socket the kernel knows nothing that would matter: events decide. */
	if (answer == ROW_STOOD_IN) {
		now->stood_in++;
		return;
	}
	if ((answer == ROW_UNUSED || answer == ROW_REFUSED) && !is_decided(row)) {
		now->idle += local->port == 0;
		now->bound += local->port != 0;
		return;
	}
	socket = observed_add(now, observing->sample, row->cookie, row, fd);
	socket->local = row->local;
	switch (answer) {
	case ROW_REPLACED:
		socket->flags |= OBSERVED_GONE;
		break;
	case ROW_REFUSED:
		socket->state = KERNEL_CLOSE;
		now->closed++;
		break;
	default:
		observed_take_ended(socket, &unlisted, row->source == SOURCE_ACCEPT);
		now->closed++;
		break;
	}
	socket->peer = row->peer;
	observed_take_history(socket, observing->previous);
}

/* Is there something to keep of a socket that is in the kernel's table and in ROW? */
static bool is_worth_keeping(const struct kernel_socket *found, const struct recorded_socket *row)
{
	if (found->state == KERNEL_LISTEN)
		return false;
	if (found->state == KERNEL_CLOSE_WAIT || is_decided(row))
		return true;
	/* Once the peer has closed, this history shows whether the program still reads. */
	return found->state == KERNEL_ESTABLISHED && found->receive_queue;
}

static void observe_row(struct observing *observing, const struct recorded_socket *row, int fd)
{
	const struct kernel_socket *found = sample_find(observing->sample, row->cookie);
	struct observed_socket *socket;

	/* A connection that both sides have closed is listed in TIME_WAIT without its owner. */
	if (!found || !found->inode) {
		observe_unlisted_row(observing, row, fd);
		return;
	}
	observing->now->states[found->state]++;
	observing->now->unanswered +=
		found->state == KERNEL_ESTABLISHED && found->unanswered >= UNANSWERED_LONG;
	if (!is_worth_keeping(found, row))
		return;
	socket = observed_add(observing->now, observing->sample, row->cookie, row, fd);
	observed_take_listed(socket, found);
	observed_take_history(socket, observing->previous);
}

static void add_listener(struct observation *now, const struct kernel_socket *found,
			 const struct recorded_socket *row, int fd)
{
	struct observed_listener *listener =
		allocate_next(&now->listeners, now->listener_count, sizeof(*listener));

	now->listener_count++;
	listener->cookie = row->cookie;
	listener->waiting = found->receive_queue;
	listener->maximum = found->send_queue;
	listener->opened_stack = row->opened_stack;
	listener->listen_stack = row->listen_stack;
	listener->fd = fd;
	listener->local = found->local;
	if (row->last_use != USE_ACCEPT)
		return;
	listener->accepted_ns = row->last_use_ns;
	listener->accept_stack = row->last_use_stack;
	if (row->accept_thread)
		kernel_thread_describe(listener->thread, sizeof(listener->thread), now->pid,
				       row->accept_thread);
}

/* The connections in the queue of the listener ROW whose peers have closed. */
static void observe_pending(struct observing *observing, const struct recorded_socket *row, int fd)
{
	struct sample *sample = observing->sample;
	const struct kernel_socket *found = NULL;
	size_t i;

	for (i = 0; i < sample->pending_count; i++) {
		struct pending_connection *pending = &sample->pending[i];
		struct observed_socket *socket;

		if (pending->claimed || pending->listener->cookie != row->cookie)
			continue;
		pending->claimed = true;
		found = pending->listener;
		socket = observed_add(observing->now, sample, pending->socket->cookie, NULL, -1);
		observed_take_listed(socket, pending->socket);
		socket->listener = row->cookie;
		observed_take_history(socket, observing->previous);
	}
	if (found)
		add_listener(observing->now, found, row, fd);
}

/* The lowest descriptor of each row; -1: it has none. The caller frees them. */
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

/*
 * When the process began that got what came in by the listener ROW, ms since boot. The recording
 * knows more exactly than the kernel; but a listener that is older than the program may be from an
 * image of the same process before its exec.
 */
static double start_of(int pid, const struct recording *recording,
		       const struct recorded_socket *row)
{
	if (row->source == SOURCE_EXEC)
		return kernel_process_start_ms(pid);
	return clock_since_boot_ms() -
	       ns_to_ms(nanoseconds_between(recording->header.start_ns, clock_ns(CLOCK_MONOTONIC)));
}

static void observe_rows(struct observing *observing, const struct recording *recording)
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
		observe_pending(observing, row, fds[i]);
		unowned_sockets_claim(&observing->sample->unowned, row->cookie,
				      start_of(observing->now->pid, recording, row),
				      observing->now->unowned);
	}
	free(fds);
}

/* An image of a process has one recording: what it is does not change. */
static bool is_go(int pid)
{
	struct elf_identity identity;
	int fd = proc_task_executable(pid);
	bool found;

	if (fd < 0)
		return false;
	found = elf_identity_read(fd, &identity) && identity.is_go;
	close(fd);
	return found;
}

struct observation *observe_process(struct sample *sample, int pid,
				    const struct recording *recording,
				    const struct observation *previous)
{
	struct observation *now = allocate_zeroed(1, sizeof(*now));
	struct observing observing = {
		.sample = sample,
		.previous = previous,
		.now = now,
		.source = { .pid = pid, .pidfd = -1 },

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
	now->is_go = previous ? previous->is_go : is_go(pid);
	observe_rows(&observing, recording);
	observe_closed(now, sample, previous);
	if (!sample->counts_time_wait && previous)
		now->unowned[KERNEL_TIME_WAIT] = previous->unowned[KERNEL_TIME_WAIT];
	unlisted_source_clear(&observing.source);
	observation_sort(now);
	return now;
}
