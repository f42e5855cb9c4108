/* SPDX-License-Identifier: MIT */
#include "analyzer/observer/observe_pollers.h"

#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/kernel_view/kernel_thread.h"

static bool is_watched(const struct observed_socket *socket)
{
	return socket->state == KERNEL_CLOSE_WAIT && socket->fd >= 0 && socket->epoll >= 0 &&
	       !socket->closed_ns && !(socket->flags & OBSERVED_GONE);
}

#define RUNS "runs"

/*
 * A thread that has not polled since the sample before, and slept then, is described by that: as it
 * runs now it may be on its way to the end of the program.
 */
static void keep_sleep(struct observed_poller *poller, const struct observation *previous)
{
	const struct observed_poller *before =
		previous ? observation_poller(previous, poller->epoll) : NULL;

	if (before && before->entered_ns == poller->entered_ns &&
	    before->thread == poller->thread && strcmp(poller->doing, RUNS) == 0)
		memcpy(poller->doing, before->doing, sizeof(poller->doing));
}

static void add_poller(struct observation *observation, const struct observation *previous,
		       int32_t epoll, const struct recorded_poller *recorded)
{
	struct observed_poller *poller =
		allocate_next(&observation->pollers, observation->poller_count, sizeof(*poller));
	int tid;

	observation->poller_count++;
	poller->epoll = epoll;
	poller->entered_ns = recorded->entered_ns;
	poller->returned_ns = recorded->returned_ns;
	poller->thread = recorded->thread;
	/* If nobody ever polled, a process of one thread leaves no doubt who should. */
	tid = recorded->thread > 0 ? recorded->thread : kernel_thread_only(observation->pid);
	if (tid)
		kernel_thread_describe(poller->doing, sizeof(poller->doing), observation->pid, tid);
	keep_sleep(poller, previous);
}

/* False: the recorder does not note who polls. A row beyond the table was never written. */
static bool find_recorded(const struct recording *recording, int32_t epoll,
			  struct recorded_poller *poller)
{
	*poller = (struct recorded_poller){ 0 };
	if ((size_t)epoll < recording->poller_count)
		*poller = recording->pollers[epoll];
	return recording->header.section_count > SECTION_POLLERS;
}

/* They are not sorted yet. */
static bool has_poller(const struct observation *observation, int32_t epoll)
{
	size_t i;

	for (i = 0; i < observation->poller_count; i++)
		if (observation->pollers[i].epoll == epoll)
			return true;
	return false;
}

void observe_pollers(struct observation *observation, const struct recording *recording,
		     const struct observation *previous)
{
	size_t i;

	for (i = 0; i < observation->socket_count; i++) {
		const struct observed_socket *socket = &observation->sockets[i];
		struct recorded_poller poller;

		if (is_watched(socket) && !has_poller(observation, socket->epoll) &&
		    find_recorded(recording, socket->epoll, &poller))
			add_poller(observation, previous, socket->epoll, &poller);
	}
}
