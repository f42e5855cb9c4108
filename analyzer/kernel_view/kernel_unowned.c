/* SPDX-License-Identifier: MIT */
#include "analyzer/kernel_view/kernel_unowned.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/sorted_rows.h"

static int by_listener(const void *left, const void *right)
{
	const struct unowned_of_listener *a = left, *b = right;

	return a->listener->cookie < b->listener->cookie
		       ? -1
		       : a->listener->cookie > b->listener->cookie;
}

static bool has_lower_cookie(const void *row, const void *cookie)
{
	const struct unowned_of_listener *of_listener = row;

	return of_listener->listener->cookie < *(const uint64_t *)cookie;
}

static struct unowned_of_listener *find(const struct unowned_sockets *unowned, uint64_t cookie)
{
	size_t place = rows_before(unowned->list, unowned->count, sizeof(*unowned->list),
				   has_lower_cookie, &cookie);

	if (place == unowned->count || unowned->list[place].listener->cookie != cookie)
		return NULL;
	return &unowned->list[place];
}

static const struct kernel_socket *listener_of(const struct kernel_listeners *listeners,
					       const struct kernel_socket *socket)
{
	return kernel_listener_of(listeners, socket->namespace, &socket->local);
}

/*
 * Since when SOCKET has been in its state, at the latest; -1 unknown. A late segment of the peer
 * starts the timer again: then it seems younger than it is.
 */
static double since_of(const struct kernel_socket *socket,
		       const struct kernel_namespaces *namespaces)
{
	const struct kernel_namespace *netns;
	int64_t lasts_ms = KERNEL_TIME_WAIT_MS;

	if (socket->expires_ms < 0)
		return -1;
	if (socket->state == KERNEL_FIN_WAIT2) {
		netns = kernel_namespaces_find(namespaces, socket->namespace);
		lasts_ms = netns ? netns->tuning.fin_timeout * 1000 : -1;
	}
	return lasts_ms < 0 ? -1 : socket->expires_ms - (double)lasts_ms;
}

static void add_unowned(struct unowned_of_listener *of_listener, uint8_t state, double since_ms)
{
	if (since_ms < 0) {
		of_listener->states[state]++;
		return;
	}
	*(struct unowned_aged *)allocate_next(&of_listener->aged, of_listener->aged_count,
					      sizeof(*of_listener->aged)) =
		(struct unowned_aged){ .since_ms = since_ms, .state = state };
	of_listener->aged_count++;
}

void unowned_sockets_count(struct unowned_sockets *unowned, const struct kernel_sockets *sockets,
			   const struct kernel_listeners *listeners,
			   const struct kernel_namespaces *namespaces)
{
	size_t i;

	unowned->count = listeners->count;
	unowned->list = allocate_zeroed(listeners->count + 1, sizeof(*unowned->list));
	for (i = 0; i < listeners->count; i++)
		unowned->list[i].listener = listeners->list[i];
	qsort(unowned->list, unowned->count, sizeof(*unowned->list), by_listener);
	for (i = 0; i < sockets->count; i++) {
		const struct kernel_socket *socket = &sockets->list[i], *listener;

		/* Its subflows are listed as well. */
		if (socket->inode || socket->multipath)
			continue;
		listener = listener_of(listeners, socket);
		if (listener)
			add_unowned(find(unowned, listener->cookie), socket->state,
				    since_of(socket, namespaces));
	}
}

void unowned_sockets_clear(struct unowned_sockets *unowned)
{
	size_t i;

	for (i = 0; i < unowned->count; i++)
		free(unowned->list[i].aged);
	free(unowned->list);
	*unowned = (struct unowned_sockets){ 0 };
}

/* The kernel's timers run in jiffies, which is how the coarse clock steps. */
static double jiffy_ms(void)
{
	struct timespec step;

	return clock_getres(CLOCK_MONOTONIC_COARSE, &step) == 0 ? ns_to_ms((uint64_t)step.tv_nsec)
								: 0;
}

void unowned_sockets_claim(struct unowned_sockets *unowned, uint64_t cookie, double start_ms,
			   uint64_t states[KERNEL_STATES])
{
	struct unowned_of_listener *of_listener = find(unowned, cookie);
	double earliest_ms = start_ms - jiffy_ms();
	unsigned int state;
	size_t kept = 0, i;

	if (!of_listener)
		return;
	for (state = 0; state < KERNEL_STATES; state++) {
		states[state] += of_listener->states[state];
		of_listener->states[state] = 0;
	}
	for (i = 0; i < of_listener->aged_count; i++) {
		const struct unowned_aged *aged = &of_listener->aged[i];

		if (aged->since_ms >= earliest_ms)
			states[aged->state]++;
		else
			of_listener->aged[kept++] = *aged;
	}
	of_listener->aged_count = kept;
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
