/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/observation.h"

#include <stdlib.h>

#include "analyzer/base/sorted_rows.h"

void observation_free(struct observation *observation)
{
	if (!observation)
		return;
	free(observation->sockets);
	free(observation->listeners);
	free(observation->holders);
	free(observation->pollers);
	free(observation->threads);
	free(observation->scripts);
	free(observation->texts);
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
	const struct observed_socket sought = { .cookie = cookie };

	if (!observation || !observation->socket_count)
		return NULL;
	return bsearch(&sought, observation->sockets, observation->socket_count, sizeof(sought),
		       by_cookie);
}

static int by_listener(const void *left, const void *right)
{
	const struct observed_listener *a = left, *b = right;

	return a->cookie < b->cookie ? -1 : a->cookie > b->cookie;
}

static int by_held(const void *left, const void *right)
{
	const struct observed_holder *a = left, *b = right;

	if (a->cookie != b->cookie)
		return a->cookie < b->cookie ? -1 : 1;
	if (!a->is_ring != !b->is_ring)
		return a->is_ring ? 1 : -1;
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return a->fd < b->fd ? -1 : a->fd > b->fd;
}

static int by_epoll(const void *left, const void *right)
{
	const struct observed_poller *a = left, *b = right;

	return a->epoll < b->epoll ? -1 : a->epoll > b->epoll;
}

void observation_sort_others(struct observation *observation)
{
	if (observation->listener_count)
		qsort(observation->listeners, observation->listener_count,
		      sizeof(*observation->listeners), by_listener);
	if (observation->holder_count)
		qsort(observation->holders, observation->holder_count,
		      sizeof(*observation->holders), by_held);
	if (observation->poller_count)
		qsort(observation->pollers, observation->poller_count,
		      sizeof(*observation->pollers), by_epoll);
}

const struct observed_listener *observation_listener(const struct observation *observation,
						     uint64_t cookie)
{
	const struct observed_listener key = { .cookie = cookie };

	if (!observation || !observation->listener_count)
		return NULL;
	return bsearch(&key, observation->listeners, observation->listener_count, sizeof(key),
		       by_listener);
}

static bool has_lower_cookie(const void *row, const void *cookie)
{
	return ((const struct observed_holder *)row)->cookie < *(const uint64_t *)cookie;
}

const struct observed_holder *observation_holders(const struct observation *observation,
						  uint64_t cookie, size_t *count)
{
	size_t first, end;

	*count = 0;
	if (!observation)
		return NULL;
	first = rows_before(observation->holders, observation->holder_count,
			    sizeof(*observation->holders), has_lower_cookie, &cookie);
	for (end = first; end < observation->holder_count; end++)
		if (observation->holders[end].cookie != cookie)
			break;
	*count = end - first;
	return *count ? &observation->holders[first] : NULL;
}

const struct observed_poller *observation_poller(const struct observation *observation,
						 int32_t epoll)
{
	const struct observed_poller key = { .epoll = epoll };

	if (!observation || !observation->poller_count)
		return NULL;
	return bsearch(&key, observation->pollers, observation->poller_count, sizeof(key),
		       by_epoll);
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
