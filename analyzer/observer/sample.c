/* SPDX-License-Identifier: MIT */
#include "analyzer/observer/sample.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/sorted_rows.h"

void sample_add_namespace(struct sample *sample, struct kernel_namespace *netns)
{
	if (netns->diagnosis)
		netns->failure = kernel_sockets_add(
			&sample->sockets, netns->diagnosis, netns->inode,
			sample->counts_time_wait ? KERNEL_ALL_STATES : KERNEL_LIVING_STATES);
}

static int by_cookie(const void *left, const void *right)
{
	const struct kernel_socket *a = left, *b = right;

	if (a->cookie != b->cookie)
		return a->cookie < b->cookie ? -1 : 1;
	return (b->state == KERNEL_CLOSE_WAIT) - (a->state == KERNEL_CLOSE_WAIT);
}

/* A socket that entered CLOSE_WAIT during the dump is listed twice: keep the later state. */
static void sort_by_cookie(struct kernel_sockets *sockets)
{
	size_t kept = 0, i;

	if (sockets->count)
		qsort(sockets->list, sockets->count, sizeof(*sockets->list), by_cookie);
	for (i = 0; i < sockets->count; i++)
		if (!kept || sockets->list[kept - 1].cookie != sockets->list[i].cookie)
			sockets->list[kept++] = sockets->list[i];
	sockets->count = kept;
}

static void find_pending(struct sample *sample)
{
	size_t i;

	for (i = 0; i < sample->sockets.count; i++) {
		const struct kernel_socket *socket = &sample->sockets.list[i], *listener;

		if (socket->state != KERNEL_CLOSE_WAIT || socket->inode)
			continue;
		listener =
			kernel_listener_of(&sample->listeners, socket->namespace, &socket->local);
		if (!listener)
			continue;
		*(struct pending_connection *)allocate_next(&sample->pending, sample->pending_count,
							    sizeof(*sample->pending)) =
			(struct pending_connection){ .socket = socket, .listener = listener };
		sample->pending_count++;
	}
}

void sample_complete(struct sample *sample, struct kernel_namespaces *namespaces)
{
	sort_by_cookie(&sample->sockets);
	kernel_listeners_find(&sample->listeners, &sample->sockets);
	unowned_sockets_count(&sample->unowned, &sample->sockets, &sample->listeners, namespaces);
	if (sample->counts_time_wait)
		unowned_sockets_count_unattributed(namespaces, &sample->sockets,
						   &sample->listeners);
	find_pending(sample);
}

void sample_clear(struct sample *sample)
{
	unowned_sockets_clear(&sample->unowned);
	kernel_listeners_clear(&sample->listeners);
	kernel_sockets_clear(&sample->sockets);
	free(sample->pending);
}

static bool has_lower_cookie(const void *row, const void *cookie)
{
	return ((const struct kernel_socket *)row)->cookie < *(const uint64_t *)cookie;
}

const struct kernel_socket *sample_find(const struct sample *sample, uint64_t cookie)
{
	const struct kernel_sockets *sockets = &sample->sockets;
	size_t place = rows_before(sockets->list, sockets->count, sizeof(*sockets->list),
				   has_lower_cookie, &cookie);

	if (place == sockets->count || sockets->list[place].cookie != cookie)
		return NULL;
	return &sockets->list[place];
}
