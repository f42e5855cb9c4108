/* SPDX-License-Identifier: MIT */
#include "analyzer/kernel_view/kernel_listeners.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/sorted_rows.h"

static int by_port(const void *left, const void *right)
{
	const struct kernel_socket *a = *(const struct kernel_socket *const *)left;
	const struct kernel_socket *b = *(const struct kernel_socket *const *)right;

	if (a->local.port != b->local.port)
		return a->local.port < b->local.port ? -1 : 1;
	return a->cookie < b->cookie ? -1 : a->cookie > b->cookie;
}

void kernel_listeners_find(struct kernel_listeners *listeners, const struct kernel_sockets *sockets)
{
	size_t i;

	*listeners = (struct kernel_listeners){ 0 };
	for (i = 0; i < sockets->count; i++) {
		const struct kernel_socket *socket = &sockets->list[i];

		/* An MPTCP socket listens through a subflow, which is listed as well. */
		if (socket->state != KERNEL_LISTEN || socket->multipath)
			continue;
		*(const struct kernel_socket **)allocate_next(&listeners->list, listeners->count,
							      sizeof(*listeners->list)) = socket;
		listeners->count++;
	}
	if (listeners->count)
		qsort(listeners->list, listeners->count, sizeof(*listeners->list), by_port);
}

static bool is_on_lower_port(const void *row, const void *port)
{
	const struct kernel_socket *const *listener = row;

	return (*listener)->local.port < *(const uint16_t *)port;
}

/* The first with PORT or a higher one. */
static size_t first_on_port(const struct kernel_listeners *listeners, uint16_t port)
{
	return rows_before(listeners->list, listeners->count, sizeof(*listeners->list),
			   is_on_lower_port, &port);
}

void kernel_listeners_clear(struct kernel_listeners *listeners)
{
	free(listeners->list);
}

static bool is_any(const struct recorded_address *address)
{
	static const uint8_t zero[sizeof(address->ip)];

	return memcmp(address->ip, zero, address->family == AF_INET ? 4 : 16) == 0;
}

/* An IPv6 socket accepts IPv4 connections: their addresses are mapped ones. */
static bool same_ip(const struct recorded_address *a, const struct recorded_address *b)
{
	return a->family == b->family && memcmp(a->ip, b->ip, a->family == AF_INET ? 4 : 16) == 0;
}

const struct kernel_socket *kernel_listener_of(const struct kernel_listeners *listeners,
					       uint64_t namespace,
					       const struct recorded_address *local)
{
	const struct kernel_socket *best = NULL;
	size_t i;

	for (i = first_on_port(listeners, local->port); i < listeners->count; i++) {
		const struct kernel_socket *socket = listeners->list[i];

		if (socket->local.port != local->port)
			break;
		if (socket->namespace != namespace)
			continue;
		if (!is_any(&socket->local) && !same_ip(&socket->local, local))
			continue;
		if (!best || socket->receive_queue > best->receive_queue)
			best = socket;
	}
	return best;
}
