/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/observation.h"

#include <stdlib.h>

void observation_free(struct observation *observation)
{
	if (!observation)
		return;
	free(observation->sockets);
	free(observation->listeners);
	free(observation->holders);
	free(observation->pollers);
	free(observation->threads);
	free(observation);
}

static int by_cookie(const void *left, const void *right)
{
	const struct observed_socket *a = left, *b = right;

	return a->cookie < b->cookie ? -1 : a->cookie > b->cookie;
}

void observation_sort(struct observation *observation)
{
	if (observation->socket_count)
		qsort(observation->sockets, observation->socket_count,
		      sizeof(*observation->sockets), by_cookie);
}

const struct observed_socket *observation_find(const struct observation *observation,
					       uint64_t cookie)
{
	size_t low = 0, high = observation ? observation->socket_count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct observed_socket *socket = &observation->sockets[middle];

		if (socket->cookie == cookie)
			return socket;
		if (socket->cookie < cookie)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct observed_poller *observation_poller(const struct observation *observation,
						 int32_t epoll)
{
	size_t i;

	for (i = 0; observation && i < observation->poller_count; i++)
		if (observation->pollers[i].epoll == epoll)
			return &observation->pollers[i];
	return NULL;
}

const struct observed_thread *observation_thread(const struct observation *observation,
						 int32_t thread)
{
	size_t i;

	for (i = 0; thread && i < observation->thread_count; i++)
		if (observation->threads[i].thread == thread)
			return &observation->threads[i];
	return NULL;
}
