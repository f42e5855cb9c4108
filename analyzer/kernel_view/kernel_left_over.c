/* SPDX-License-Identifier: MIT */
#include "analyzer/kernel_view/kernel_left_over.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"

static int by_listener(const void *left, const void *right)
{
	const struct left_over *a = left, *b = right;

	return a->listener->cookie < b->listener->cookie
		       ? -1
		       : a->listener->cookie > b->listener->cookie;
}

static struct left_over *find(const struct left_overs *left_overs, uint64_t cookie)
{
	size_t low = 0, high = left_overs->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct left_over *left_over = &left_overs->list[middle];

		if (left_over->listener->cookie == cookie)
			return left_over;
		if (left_over->listener->cookie < cookie)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static const struct kernel_socket *listener_of(const struct kernel_listeners *listeners,
					       const struct kernel_socket *socket)
{
	return kernel_listener_of(listeners, socket->namespace, &socket->local);
}

void left_overs_count(struct left_overs *left_overs, const struct kernel_sockets *sockets,
		      const struct kernel_listeners *listeners)
{
	size_t i;

	left_overs->count = listeners->count;
	left_overs->list = allocate_zeroed(listeners->count + 1, sizeof(*left_overs->list));
	for (i = 0; i < listeners->count; i++)
		left_overs->list[i].listener = listeners->list[i];
	qsort(left_overs->list, left_overs->count, sizeof(*left_overs->list), by_listener);
	for (i = 0; i < sockets->count; i++) {
		const struct kernel_socket *socket = &sockets->list[i], *listener;

		/* MPTCP's subflows are in the list themselves. */
		if (socket->inode || socket->multipath)
			continue;
		listener = listener_of(listeners, socket);
		if (listener)
			find(left_overs, listener->cookie)->states[socket->state]++;
	}
}

void left_overs_clear(struct left_overs *left_overs)
{
	free(left_overs->list);
	*left_overs = (struct left_overs){ 0 };
}

void left_overs_claim(struct left_overs *left_overs, uint64_t cookie,
		      uint64_t states[KERNEL_STATES])
{
	struct left_over *left_over = find(left_overs, cookie);
	unsigned int state;

	if (!left_over || left_over->claimed)
		return;
	left_over->claimed = true;
	for (state = 0; state < KERNEL_STATES; state++)
		states[state] += left_over->states[state];
}

void left_overs_count_unattributed(struct kernel_namespaces *namespaces,
				   const struct kernel_sockets *sockets,
				   const struct kernel_listeners *listeners)
{
	size_t i, j;

	for (j = 0; j < namespaces->count; j++)
		namespaces->list[j].time_wait = 0;
	for (i = 0; i < sockets->count; i++) {
		const struct kernel_socket *socket = &sockets->list[i];

		if (socket->state != KERNEL_TIME_WAIT || listener_of(listeners, socket))
			continue;
		for (j = 0; j < namespaces->count; j++)
			namespaces->list[j].time_wait +=
				namespaces->list[j].inode == socket->namespace;
	}
}
