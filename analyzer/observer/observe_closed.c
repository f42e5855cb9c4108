/* SPDX-License-Identifier: MIT */
#include "analyzer/observer/observe_closed.h"

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/observer/observed_history.h"

/*
 * What was stuck in the sample before and is closed by now is kept for one more sample: a program
 * that ends by itself closes everything then, and this may be the last sample of it. The recording
 * was read after the sample had begun: the time of that is not late enough for the close.
 */
static void keep_stuck(struct observation *now, const struct observation *previous)
{
	const size_t open_count = now->socket_count;
	uint64_t closed_ns = clock_ns(CLOCK_MONOTONIC);
	size_t i;

	observation_sort(now);
	for (i = 0; i < previous->socket_count; i++) {
		const struct observed_socket *before = &previous->sockets[i];
		const struct observation open = { .sockets = now->sockets,
						  .socket_count = open_count };
		struct observed_socket *closed;

		if (before->fd < 0 || before->origin || before->state != KERNEL_CLOSE_WAIT ||
		    before->flags & OBSERVED_GONE || before->closed_ns ||
		    observation_find(&open, before->cookie))
			continue;
		closed = allocate_next(&now->sockets, now->socket_count, sizeof(*closed));
		now->socket_count++;
		*closed = *before;
		closed->closed_ns = closed_ns;
	}
}

static void keep_holders(struct observation *now, const struct observation *previous,
			 uint64_t cookie)
{
	size_t count, i;
	const struct observed_holder *holders = observation_holders(previous, cookie, &count);

	for (i = 0; i < count; i++) {
		*(struct observed_holder *)allocate_next(&now->holders, now->holder_count,
							 sizeof(*now->holders)) = holders[i];
		now->holder_count++;
	}
}

/* As the last listing of descriptors found them. */
static void keep_held_by_unrecorded(struct observation *now, const struct sample *sample,
				    const struct observation *previous)
{
	size_t i;

	for (i = 0; i < previous->socket_count; i++) {
		const struct observed_socket *before = &previous->sockets[i];
		const struct kernel_socket *found;
		struct observed_socket *socket;

		if (before->fd >= 0 || before->listener)
			continue;
		found = sample_find(sample, before->cookie);
		if (!found || found->state != KERNEL_CLOSE_WAIT || !found->inode)
			continue;
		socket = observed_add(now, sample, before->cookie, NULL, -1);
		observed_take_listed(socket, found);
		observed_take_history(socket, previous);
		keep_holders(now, previous, before->cookie);
	}
}

void observe_closed(struct observation *now, const struct sample *sample,
		    const struct observation *previous)
{
	if (!previous)
		return;
	keep_stuck(now, previous);
	keep_held_by_unrecorded(now, sample, previous);
}
