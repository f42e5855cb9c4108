/* SPDX-License-Identifier: MIT */
#include "analyzer/observer/observe_owners.h"

#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/kernel_view/kernel_thread.h"
#include "analyzer/recordings/observation_scripts.h"
#include "analyzer/script_stacks/thread_stack.h"

/* Each takes a process. */
#define STACKS_MAX 4

static bool is_left_unread(const struct observed_socket *socket)
{
	return socket && socket->state == KERNEL_CLOSE_WAIT && socket->receive_queue > 0 &&
	       !socket->closed_ns && !(socket->flags & OBSERVED_GONE);
}

static bool has_waiting(const struct observation *observation, uint64_t cookie)
{
	size_t i;

	for (i = 0; i < observation->listener_count; i++)
		if (observation->listeners[i].cookie == cookie)
			return true;
	return false;
}

/* Where nobody has accepted yet, a process of one thread leaves no doubt who should. */
static int32_t accepting_thread(const struct observation *observation,
				const struct recorded_socket *listener)
{
	return listener->accept_thread ? listener->accept_thread
				       : kernel_thread_only(observation->pid);
}

/* Whoever should see to ROW's socket; 0: nobody, or unknown. */
static int32_t owner_of(const struct observation *observation, const struct recorded_socket *row)
{
	if (!(row->life & LIFE_OPEN) || !row->cookie)
		return 0;
	if (row->role == ROLE_LISTENER)
		return has_waiting(observation, row->cookie) ? accepting_thread(observation, row)
							     : 0;
	return is_left_unread(observation_find(observation, row->cookie)) ? row->touched_thread : 0;
}

/* A thread that has not run since, and is in the same call, has been in it all the while. */
static bool has_not_moved(const struct observed_thread *thread,
			  const struct observed_thread *before)
{
	return before && thread->switches && before->switches == thread->switches &&
	       strcmp(before->doing, thread->doing) == 0;
}

/*
 * Of a thread that has not moved since the sample before, PREVIOUS, where it is BEFORE, the stack
 * is as it was. A native one of a thread that moves would cost a process at each sample: of such a
 * thread the script's lines are read only, as it runs. BEFORE is NULL: it was in no sample; there
 * may be no other one.
 */
static void take_stack(struct observation *observation, struct observed_thread *thread,
		       const struct observation *previous, const struct observed_thread *before,
		       const struct recording *recording, unsigned int *stacks)
{
	if (before && !has_not_moved(thread, before))
		thread_stack_read_scripts(observation, thread, recording);
	else if (before && before->frames)
		observation_copy_stack(observation, thread, previous, before);
	else if ((*stacks)++ < STACKS_MAX)
		thread_stack_read(observation, thread, recording);
}

static const char running[] = "runs";

/*
 * What was stuck and runs now may be on its way to the end of the program, also when it is back in
 * the same call: at first it is described by what it did before.
 */
static bool has_just_woken(const struct observed_thread *thread,
			   const struct observed_thread *before, uint64_t before_ns)
{
	if (!before || before->since_ns >= before_ns || strcmp(before->doing, running) == 0 ||
	    has_not_moved(thread, before))
		return false;
	return strcmp(thread->doing, running) == 0 || strcmp(thread->doing, before->doing) == 0;
}

static const char in_futex[] = "sleeps in futex";

static void add(struct observation *observation, const struct observation *previous,
		const struct recording *recording, int32_t tid, unsigned int *stacks)
{
	const struct observed_thread *before = previous ? observation_thread(previous, tid) : NULL;
	struct observed_thread *thread =
		allocate_next(&observation->threads, observation->thread_count, sizeof(*thread));

	observation->thread_count++;
	thread->thread = tid;
	kernel_thread_describe(thread->doing, sizeof(thread->doing), observation->pid, tid);
	if (strncmp(thread->doing, in_futex, strlen(in_futex)) == 0)
		thread->lock_holder = kernel_thread_lock_holder(observation->pid, tid);
	thread->switches = kernel_thread_switches(observation->pid, tid);
	thread->since_ns =
		has_not_moved(thread, before) ? before->since_ns : observation->sampled_ns;
	if (has_just_woken(thread, before, previous ? previous->sampled_ns : 0)) {
		memcpy(thread->doing, before->doing, sizeof(thread->doing));
		observation_copy_stack(observation, thread, previous, before);
		thread->lock_holder = before->lock_holder;
		return;
	}
	take_stack(observation, thread, previous, before, recording, stacks);
}

/* Who holds what these threads wait for keeps them from the sockets. */
static void add_lock_holders(struct observation *observation, const struct observation *previous,
			     const struct recording *recording, unsigned int *stacks)
{
	size_t i;

	for (i = 0;
	     i < observation->thread_count && observation->thread_count < OBSERVED_THREADS_MAX;
	     i++) {
		int32_t holder = observation->threads[i].lock_holder;

		if (holder && !observation_thread(observation, holder))
			add(observation, previous, recording, holder, stacks);
	}
}

static int32_t polling_thread(const struct observation *observation,
			      const struct observed_poller *poller)
{
	return poller->thread > 0 ? poller->thread : kernel_thread_only(observation->pid);
}

void observe_owners(struct observation *observation, const struct observation *previous,
		    const struct recording *recording)
{
	unsigned int stacks = 0;
	int32_t owner;
	size_t i;

	for (i = 0;
	     i < observation->poller_count && observation->thread_count < OBSERVED_THREADS_MAX;
	     i++) {
		owner = polling_thread(observation, &observation->pollers[i]);
		if (owner > 0 && !observation_thread(observation, owner))
			add(observation, previous, recording, owner, &stacks);
	}
	for (i = 0; i < recording->socket_count && observation->thread_count < OBSERVED_THREADS_MAX;
	     i++) {
		owner = owner_of(observation, &recording->sockets[i]);
		if (owner > 0 && !observation_thread(observation, owner))
			add(observation, previous, recording, owner, &stacks);
	}
	add_lock_holders(observation, previous, recording, &stacks);
}
