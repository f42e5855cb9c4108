/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/attached_events.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/attach/attached_cookies.h"
#include "analyzer/attach/attached_next.h"
#include "analyzer/attach/attached_stack.h"
#include "analyzer/base/allocate.h"
#include "analyzer/kernel_view/kernel_sockets.h"
#include "preload/recording/decision.h"

/* Descriptor numbers whose last close is kept. */
#define NUMBERS_MAX 65536

/* What the kernel knows of ROW's socket now. */
static void take_state(struct recorded_socket *row, const struct attach_event *event)
{
	const struct attach_socket *socket = &event->socket;
	bool has_end = socket->state == KERNEL_CLOSE_WAIT || socket->state == KERNEL_LAST_ACK ||
		       socket->state == KERNEL_CLOSING;

	if (!row->local.family)
		attached_addresses(socket, &row->local, &row->peer);
	row->tcp_state = socket->state;
	row->receive_queue = socket->state == KERNEL_LISTEN ? 0
			     : row->kind == KIND_MPTCP      ? RECORDED_QUEUE_UNKNOWN
							    : socket->unread;
	row->unread = has_end && socket->unread ? socket->unread - 1 : socket->unread;
	if (row->role != ROLE_LISTENER)
		row->quiet_ms = socket->quiet_ms;
	row->last_sent_ms = socket->sent_ms;
	__atomic_store_n(&row->sampled_ns, event->ns, __ATOMIC_RELEASE);
}

/*
 * The connection of ROW is about to be ended by its last descriptor, and no call has shown that the
 * peer is gone: the kernel knows whether it is, and since when.
 */
static void take_unread_end(struct recorded_socket *row, const struct attach_event *event)
{
	const struct attach_socket *socket = &event->socket;

	if (row->role != ROLE_CONNECTED || row->descriptors != 1 ||
	    event->ns < row->opened_ns + RECORDED_STUCK_NS || decide(row).kind != DECIDED_NOT)
		return;
	if (socket->state == KERNEL_CLOSE_WAIT || socket->state == KERNEL_CLOSE)
		take_state(row, event);
}

void attached_open_at_exit(struct attached_process *process, const struct attach_event *event)
{
	struct held_socket held = attached_socket(process, event->fd, &event->socket, event->ns);

	if (!socket_is_held(held))
		return;
	process->exit_ns = event->ns;
	take_state(held.row, event);
	socket_release(process->ledger, held);
}

/* A number that is closed twice may be another's by then. */
static void note_number(struct attached_process *process, int fd, uint32_t stack, uint64_t now)
{
	size_t room = process->number_room;

	if (fd >= NUMBERS_MAX)
		return;
	if ((size_t)fd >= room) {
		while (room <= (size_t)fd)
			room = room ? room * 2 : 64;
		process->numbers = realloc(process->numbers, room * sizeof(*process->numbers));
		if (!process->numbers)
			allocate_failed();
		memset(process->numbers + process->number_room, 0,
		       (room - process->number_room) * sizeof(*process->numbers));
		process->number_room = room;
	}
	process->numbers[fd] = (struct attached_number){ .ns = now, .stack = stack };
}

void attached_closing(struct attached_process *process, const struct attach_event *event)
{
	struct held_socket held =
		attached_socket_tracked(process, event->fd, &event->socket, event->ns);
	uint32_t stack;

	/* What was opened unseen and is closed is no leak. */
	if (!socket_is_held(held))
		return;
	take_unread_end(held.row, event);
	attached_name_if_shared(process, event->fd);
	if (event->eof_reads > held.row->eof_reads && held.row->role != ROLE_LISTENER)
		held.row->eof_reads = event->eof_reads;
	stack = attached_stack(process, event);
	note_number(process, event->fd, stack, event->ns);
	attached_next_note(process, event, NEXT_CLOSE, event->fd, held.index, stack);
	socket_release(process->ledger, held);
	socket_close(process->ledger, event->fd, stack, event->ns);
}

void attached_closing_range(struct attached_process *process, const struct attach_event *event)
{
	uint64_t first = (uint32_t)event->args[0], last = (uint32_t)event->args[1];
	uint32_t stack = 0;
	int fd;

	/* CLOSE_RANGE_CLOEXEC closes nothing yet. */
	if (first > INT_MAX || event->args[2] & 4 || !ledger_is_open(process->ledger))
		return;
	for (fd = descriptor_next(process->ledger, (int)first); fd >= 0 && (uint64_t)fd <= last;
	     fd = descriptor_next(process->ledger, fd + 1)) {
		if (!stack)
			stack = attached_stack(process, event);
		socket_close(process->ledger, fd, stack, event->ns);
	}
}

void attached_duplicated(struct attached_process *process, const struct attach_event *event)
{
	int from = (int)event->args[0];
	struct held_socket held;

	if (from == event->fd)
		return;
	held = attached_socket(process, from, &event->socket, event->ns);
	if (!socket_is_held(held))
		return;
	if (!socket_promise_descriptor(held)) {
		socket_release(process->ledger, held);
		return;
	}
	attached_lose(process, event->fd, event->ns);
	socket_keep_promise(process->ledger, held, event->fd, attached_stack(process, event));
}
