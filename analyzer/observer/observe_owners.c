/* SPDX-License-Identifier: MIT */
#include "analyzer/observer/observe_owners.h"

#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/kernel_view/kernel_thread.h"

/* Each is a few files of /proc in each sample. */
#define OWNERS_MAX 16

static bool is_left_unread(const struct observed_socket *socket)
{
	return socket && socket->state == KERNEL_CLOSE_WAIT && socket->receive_queue > 0 &&
	       !(socket->flags & (OBSERVED_GONE | OBSERVED_CLOSED));
}

static bool has_waiting(const struct observation *observation, uint64_t cookie)
{
	size_t i;

	for (i = 0; i < observation->listener_count; i++)
		if (observation->listeners[i].cookie == cookie)
			return true;
	return false;
}

/* Whoever should see to ROW's socket; 0: nobody, or unknown. */
static int32_t owner_of(const struct observation *observation, const struct recorded_socket *row)
{
	if (!(row->life & LIFE_OPEN) || !row->cookie)
		return 0;
	if (row->role == ROLE_LISTENER)
		return has_waiting(observation, row->cookie) ? row->accept_thread : 0;
	return is_left_unread(observation_find(observation, row->cookie)) ? row->touched_thread : 0;
}

/* A thread that has not run since, and is in the same call, has been in it all the while. */
static uint64_t since(const struct observed_thread *thread, const struct observation *previous,
		      uint64_t now_ns)
{
	const struct observed_thread *before =
		previous ? observation_thread(previous, thread->thread) : NULL;

	if (!before || !thread->switches || before->switches != thread->switches ||
	    strcmp(before->doing, thread->doing) != 0)
		return now_ns;
	return before->since_ns;
}

static void add(struct observation *observation, const struct observation *previous, int32_t tid)
{
	struct observed_thread *thread =
		allocate_next(&observation->threads, observation->thread_count, sizeof(*thread));

	observation->thread_count++;
	thread->thread = tid;
	kernel_thread_describe(thread->doing, sizeof(thread->doing), observation->pid, tid);
	thread->switches = kernel_thread_switches(observation->pid, tid);
	thread->since_ns = since(thread, previous, observation->sampled_ns);
}

void observe_owners(struct observation *observation, const struct observation *previous,
		    const struct recording *recording)
{
	size_t i;

	for (i = 0; i < recording->socket_count && observation->thread_count < OWNERS_MAX; i++) {
		int32_t owner = owner_of(observation, &recording->sockets[i]);

		if (owner > 0 && !observation_thread(observation, owner))
			add(observation, previous, owner);
	}
}
