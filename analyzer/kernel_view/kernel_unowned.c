/* SPDX-License-Identifier: MIT */
#include "analyzer/kernel_view/kernel_unowned.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"

static int by_listener(const void *left, const void *right)
{
	const struct unowned_of_listener *a = left, *b = right;

	return a->listener->cookie < b->listener->cookie
		       ? -1
		       : a->listener->cookie > b->listener->cookie;
}

static struct unowned_of_listener *find(const struct unowned_sockets *unowned, uint64_t cookie)
{
	size_t low = 0, high = unowned->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct unowned_of_listener *of_listener = &unowned->list[middle];

		if (of_listener->listener->cookie == cookie)
			return of_listener;
		if (of_listener->listener->cookie < cookie)
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

void unowned_sockets_count(struct unowned_sockets *unowned, const struct kernel_sockets *sockets,
			   const struct kernel_listeners *listeners)
{
	size_t i;

	unowned->count = listeners->count;
	unowned->list = allocate_zeroed(listeners->count + 1, sizeof(*unowned->list));
	for (i = 0; i < listeners->count; i++)
		unowned->list[i].listener = listeners->list[i];
	qsort(unowned->list, unowned->count, sizeof(*unowned->list), by_listener);
	for (i = 0; i < sockets->count; i++) {
		const struct kernel_socket *socket = &sockets->list[i], *listener;

		/* MPTCP's subflows are in the list themselves. */
		if (socket->inode || socket->multipath)
			continue;
		listener = listener_of(listeners, socket);
		if (listener)
			find(unowned, listener->cookie)->states[socket->state]++;
	}
}

void unowned_sockets_clear(struct unowned_sockets *unowned)
{
	free(unowned->list);
	*unowned = (struct unowned_sockets){ 0 };
}

void unowned_sockets_claim(struct unowned_sockets *unowned, uint64_t cookie,
			   uint64_t states[KERNEL_STATES])
{
	struct unowned_of_listener *of_listener = find(unowned, cookie);
	unsigned int state;

	if (!of_listener || of_listener->claimed)
		return;
	of_listener->claimed = true;
	for (state = 0; state < KERNEL_STATES; state++)
		states[state] += of_listener->states[state];
}

void unowned_sockets_count_unattributed(struct kernel_namespaces *namespaces,
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
