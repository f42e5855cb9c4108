/* SPDX-License-Identifier: MIT */
#include "analyzer/classify/never_accepted.h"

#include "analyzer/classify/buried.h"
#include "analyzer/classify/last_seen.h"

#define SHUT_FOR_READING 1 /* of recorded_socket.shutdown_how, by direction */

static const struct observed_listener *listener_in(const struct sighting *sighting)
{
	const struct observation *observation = sighting->process->observation;
	size_t i;

	for (i = 0; i < observation->listener_count; i++)
		if (observation->listeners[i].cookie == sighting->socket->listener)
			return &observation->listeners[i];
	return NULL;
}

/* The holding of LISTENER (NULL: no life) by PROCESS; NULL: it has closed it. */
static const struct holding *holding_of(const struct socket_life *listener,
					const struct process *process)
{
	size_t i;

	for (i = 0; listener && i < listener->holding_count; i++)
		if (listener->holdings[i].process == process)
			return &listener->holdings[i];
	return NULL;
}

/* When was accepted from LISTENER last, by any of its processes? */
static uint64_t last_accept_of(const struct socket_life *listener)
{
	uint64_t last_ns = 0;
	size_t i;

	for (i = 0; listener && i < listener->holding_count; i++) {
		const struct recorded_socket *row = listener->holdings[i].row;

		if (row->last_use == USE_ACCEPT && row->last_use_ns > last_ns)
			last_ns = row->last_use_ns;
	}
	return last_ns;
}

bool judge_never_accepted(const struct socket_life *life, const struct judge_options *options,
			  struct leak *leak)
{
	const struct sighting *sighting = life->sightings;
	const struct observed_listener *listener;
	const struct recording *recording;
	uint32_t closed_stack = 0;
	struct last_seen seen;

	if (life->holding_count || !life->sighting_count || !sighting->socket->listener)
		return false;
	seen = last_seen_by_sighting(sighting->socket);
	recording = sighting->process->recording;
	listener = listener_in(sighting);
	if (!listener || seen.stuck_ns < options->min_held_ns)
		return false;
	/* It may be among those. */
	if (last_accept_of(life->listener) > seen.sampled_ns)
		return false;
	/* A program that closes its listener refuses what waits there, which is its right; so does
	 * shutdown(). */
	leak->holder = leak->history = holding_of(life->listener, sighting->process);
	if (leak->holder && leak->holder->row->shutdown_how & SHUT_FOR_READING)
		return false;
	if (!leak->holder)
		closed_stack = stack_closed_at_exit(recording, listener->opened_stack, options);
	if (!leak->holder && !closed_stack)
		return false;
	leak->class = CLASS_NEVER_ACCEPTED;
	leak->verdict = VERDICT_LEAK;
	leak->sighting = sighting;
	leak->deciding = STACK_LISTEN;
	leak->stacks[STACK_CLOSED] = (struct stack_ref){ recording, closed_stack };
	leak->stacks[STACK_LISTEN] = (struct stack_ref){ recording, listener->listen_stack };
	leak->stacks[STACK_LAST_USE] = (struct stack_ref){ recording, listener->accept_stack };
	leak->stacks[STACK_OPENED] = (struct stack_ref){ recording, listener->opened_stack };
	leak->decided_ns = seen.sampled_ns - seen.stuck_ns;
	leak->until_ns = seen.sampled_ns;
	return true;
}
