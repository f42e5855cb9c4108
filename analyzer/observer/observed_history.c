/* SPDX-License-Identifier: MIT */
#include "analyzer/observer/observed_history.h"

#include "analyzer/base/allocate.h"

struct observed_socket *observed_add(struct observation *observation, const struct sample *sample,
				     uint64_t cookie, const struct recorded_socket *row, int fd)
{
	struct observed_socket *socket =
		allocate_next(&observation->sockets, observation->socket_count, sizeof(*socket));

	observation->socket_count++;
	socket->cookie = cookie;
	socket->sampled_ns = sample->now_ns;
	socket->since_ns = socket->sampled_ns;
	socket->quiet_ms = socket->sent_ms = -1;
	socket->fd = fd;
	socket->opened_stack = row ? row->opened_stack : 0;
	socket->epoll = -1;
	if (row && row->source == SOURCE_SOCKET)
		socket->flags |= OBSERVED_OPENED;
	return socket;
}

void observed_take_listed(struct observed_socket *socket, const struct kernel_socket *found)
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

/* The receive queue without the FIN, which the kernel counts as one byte. */
static uint32_t unread_bytes(const struct observed_socket *socket)
{
	uint32_t fin = socket->state == KERNEL_CLOSE_WAIT && !(socket->flags & OBSERVED_MULTIPATH);

	return socket->receive_queue > fin ? socket->receive_queue - fin : 0;
}

/* Was something read since BEFORE? Across states the FIN, which came meanwhile, does not count. */
static bool was_read(const struct observed_socket *socket, const struct observed_socket *before)
{
	if (socket->state == before->state)
		return socket->receive_queue < before->receive_queue;
	return unread_bytes(socket) < unread_bytes(before);
}

/* Only what is in the kernel's table has a queue. */
static bool has_queue(const struct observed_socket *socket)
{
	return socket->state && socket->state != KERNEL_CLOSE;
}

/* read_ns lasts: a reader that pauses for some samples is a reader still. */
static void take_reading(struct observed_socket *socket, const struct observed_socket *before)
{
	if (before) {
		socket->read_ns = has_queue(socket) && was_read(socket, before) ? socket->sampled_ns
										: before->read_ns;
		socket->unread_ns = before->unread_ns;
	}
	if (!unread_bytes(socket))
		socket->unread_ns = 0;
	else if (!socket->unread_ns)
		socket->unread_ns = socket->sampled_ns;
}

void observed_take_history(struct observed_socket *socket, const struct observation *previous)
{
	const struct observed_socket *before = observation_find(previous, socket->cookie);

	take_reading(socket, before);
	if (!before || before->state != socket->state)
		return;
	socket->since_ns = before->since_ns;
	socket->sent_ns =
		socket->bytes_sent > before->bytes_sent ? socket->sampled_ns : before->sent_ns;
	/* Until descriptors are listed again. */
	socket->flags |= before->flags & (OBSERVED_CONFIRMED | OBSERVED_GONE);
	socket->readiness = before->readiness;
	socket->epoll = before->epoll;
	socket->epoll_events = before->epoll_events;
}
