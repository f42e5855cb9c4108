/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/evidence_of_holding.h"

#include "analyzer/base/clock.h"
#include "analyzer/rules/finisher.h"
#include "analyzer/rules/kernel_facts.h"
#include "analyzer/rules/origin.h"
#include "analyzer/rules/polling.h"

static void take_stack(struct evidence *evidence, enum stack_kind kind, uint32_t id)
{
	if (id)
		evidence->stacks[kind] = (struct stack_ref){ evidence->process->recording, id };
}

static void take_stacks(struct evidence *evidence)
{
	const struct recorded_socket *row = evidence->holding->row;

	if (row->eof_ns)
		take_stack(evidence, STACK_EOF, row->eof_stack);
	if (row->error_ns)
		take_stack(evidence, STACK_ERROR, row->error_stack);
	if (row->shutdown_ns)
		take_stack(evidence, STACK_SHUTDOWN, row->shutdown_stack);
	if (row->role == ROLE_CONNECTING || row->role == ROLE_CONNECT_FAILED)
		take_stack(evidence, STACK_CONNECT, row->connect_stack);
	if (row->part_closed_ns)
		take_stack(evidence, STACK_CLOSED, row->part_closed_stack);
	take_stack(evidence, STACK_DUPLICATED, evidence->holding->duplicate_stack);
	if (row->last_use_ns)
		take_stack(evidence, STACK_LAST_USE, row->last_use_stack);
	if (row->role != ROLE_LISTENER)
		take_stack(evidence, row->eof_ns ? STACK_REREAD : STACK_PAUSED, row->reread_stack);
	if (row->next_ns)
		take_stack(evidence, STACK_NEXT, row->next_stack);
	take_stack(evidence, STACK_WROTE, row->write_stack);
	take_stack(evidence, STACK_WATCHED, row->watch_stack);
	take_stack(evidence, STACK_READ, row->read_stack);
}

static bool was_read_by_other(const struct socket_life *life, const struct process *process)
{
	size_t i;

	for (i = 0; i < life->departure_count; i++)
		if (life->departures[i].departure->eof_ns)
			return true;
	for (i = 0; i < life->holding_count; i++)
		if (life->holdings[i].process != process && holding_read_eof(&life->holdings[i]))
			return true;
	return false;
}

/* Exec replaced the image: who of the process has the socket now. NULL: it was closed there. */
static const struct holding *successor_of(const struct socket_life *life,
					  const struct holding *replaced)
{
	int32_t pid = replaced->process->recording->header.pid;
	const struct holding *successor = NULL;
	size_t i;

	for (i = 0; i < life->holding_count; i++) {
		const struct holding *holding = &life->holdings[i];

		if (!holding->handed_on && holding->process->recording->header.pid == pid)
			successor = holding;
	}
	return successor;
}

/* Does a later sample of the kernel deny that it is held, or that there was an end? */
static bool is_denied(const struct evidence *evidence, const struct observed_socket *socket)
{
	const struct observation *observation = evidence->process->observation;

	if (!observation || observation->sampled_ns <= evidence->decision.ns)
		return false;
	/* It is of the image that has come since. */
	if (evidence->closed_by_exec && observation->sampled_ns > evidence->process->end_ns)
		return false;
	/* A sample keeps all that were decided: this one was closed after the recording was read.
	 */
	if (!socket)
		return evidence->running && !observation->failure && evidence->life->name.cookie &&
		       evidence->holding->row->kind != KIND_UNIX;
	if (socket->flags & OBSERVED_GONE)
		return true;
	return evidence->decision.kind == DECIDED_EOF && socket->state == KERNEL_ESTABLISHED;
}

/* Samples from outside have the kernel's time of it only while there is something to send. */
static uint64_t last_sent_ns(const struct evidence *evidence)
{
	const struct observed_socket *socket =
		evidence->sighting ? evidence->sighting->socket : NULL;
	const struct recorded_socket *row = evidence->holding->row;

	if (row->sampled_ns && (!socket || row->sampled_ns > socket->sampled_ns))
		return row->last_sent_ms == UINT32_MAX
			       ? 0
			       : nanoseconds_between(row->last_sent_ms * NS_PER_MS,
						     row->sampled_ns);
	if (!socket)
		return 0;
	return socket->sent_ms < 0 ? socket->sent_ns
				   : nanoseconds_between((uint64_t)socket->sent_ms * NS_PER_MS,
							 socket->sampled_ns);
}

static void take_kernel(struct evidence *evidence)
{
	uint64_t held_ns;

	evidence->sighting = life_sighting(evidence->life, evidence->process);
	evidence->kernel = kernel_facts_of(evidence->life, evidence->holding);
	evidence->polling = polling_of(evidence->life, evidence->holding);
	if (evidence->polling.epoll < 0)
		evidence->polling = polling_of_loop(evidence->process->recording);
	evidence->kernel_denies =
		is_denied(evidence, evidence->sighting ? evidence->sighting->socket : NULL);
	if (!evidence_decided_by_events(evidence) &&
	    evidence->kernel.sampled_ns > evidence->until_ns)
		evidence->until_ns = evidence->kernel.sampled_ns;
	/* What was stuck before that does not concern this process. */
	held_ns = nanoseconds_between(evidence->held_since_ns, evidence->until_ns);
	if (evidence->kernel.stuck_ns > held_ns)
		evidence->kernel.stuck_ns = held_ns;
	evidence->stuck_since_ns =
		nanoseconds_between(evidence->kernel.stuck_ns, evidence->until_ns);
	evidence->last_sent_ns = last_sent_ns(evidence);
}

/* Go exits by a system call of its own, which looks as if it had been killed. */
static bool may_have_exited(const struct process *process)
{
	return process_ended_itself(process) || process->state == PROCESS_EXECED ||
	       (process->state == PROCESS_KILLED && process->observation &&
		process->observation->is_go);
}

/* What is recorded from the kernel begins again by exec, with all that survives it. */
static bool was_closed_by_exec(const struct evidence *evidence)
{
	const struct holding *last = evidence->successor ? evidence->successor : evidence->holding;

	if (evidence->handed_on && !evidence->successor)
		return false;
	return process_lost_by_exec(last->process, last->row) ||
	       (last->process->state == PROCESS_EXECED &&
		last->process->recording->header.options & OPTION_KERNEL);
}

static void take_origin(struct evidence *evidence)
{
	const struct process *process = evidence_last_image(evidence);
	struct origin *origin = &evidence->origin;

	evidence->ended_by_itself = may_have_exited(process);
	*origin = origin_of(evidence->life, evidence->holding, process->end_ns, process->end_known);
	evidence->held_since_ns = origin->shared_until_ns > origin->since_ns
					  ? origin->shared_until_ns
					  : origin->since_ns;
}

static void take_others(struct evidence *evidence)
{
	uint64_t later_ns;

	if (evidence->life->holding_count + evidence->life->departure_count == 1 ||
	    evidence->listens)
		return;
	evidence->other = finisher_find(evidence->life, evidence->holding,
					evidence->origin.inherited && evidence->ended_by_itself);
	if (evidence->other.process &&
	    holds_for_a_task(evidence->holding, &evidence->other, &later_ns))
		evidence->outlived_ns = later_ns;
}

/*
 * The process had the socket, closed it while it was on its way in a message, and received that:
 * what it has is a duplicate, and what it had learned it still knows. NULL: it did not.
 */
static const struct recorded_departure *came_back(const struct socket_life *life,
						  const struct holding *holding)
{
	size_t i;

	if (holding->row->source != SOURCE_PASSED)
		return NULL;
	for (i = 0; i < life->departure_count; i++) {
		const struct recorded_departure *departure = life->departures[i].departure;

		if (life->departures[i].process == holding->process &&
		    (departure->decision == DECIDED_EOF || departure->decision == DECIDED_ERROR ||
		     departure->decision == DECIDED_SHUTDOWN))
			return departure;
	}
	return NULL;
}

static void take_back(struct evidence *evidence, const struct recorded_departure *departure)
{
	evidence->decision = (struct decision){ .kind = departure->decision,
						.stack = departure->decided_stack,
						.ns = departure->decided_ns };
	evidence->read_eof = departure->eof_ns != 0;
	evidence->part_closed_ns = departure->closed_ns;
	take_stack(evidence, STACK_CLOSED, departure->closed_stack);
	take_stack(evidence, STACK_DUPLICATED, evidence->holding->row->opened_stack);
	take_stack(evidence, stack_kind_of(departure->decision), departure->decided_stack);
}

/*
 * A connect() was under way, and a sample found that nothing is any more: it failed, and no call
 * returned that. What was sent shows that it had succeeded. decide() knows the sample at exit
 * alone.
 */
static struct decision decision_of(const struct socket_life *life, const struct holding *holding)
{
	const struct decision decision = place_decision(holding->row, holding->process);
	const struct observed_socket *socket = life_seen_in(life, holding->process);

	if (decision.kind != DECIDED_NOT || holding->row->role != ROLE_CONNECTING || !socket ||
	    socket->state != KERNEL_CLOSE || socket->flags & OBSERVED_GONE || socket->bytes_sent)
		return decision;
	return (struct decision){ .kind = DECIDED_CONNECT,
				  .stack = holding->row->connect_stack,
				  .ns = socket->since_ns };
}

void evidence_fill_holding(struct evidence *evidence, const struct holding *holding)
{
	const struct process *process = holding->process;
	const struct recorded_socket *row = holding->row;
	const struct recording_header *header = &process->recording->header;
	const struct recorded_departure *earlier = came_back(evidence->life, holding);

	evidence->process = process;
	evidence->holding = holding;
	evidence->decision = decision_of(evidence->life, holding);
	evidence->decided_by_parent = evidence_decided_by_events(evidence) &&
				      row->source == SOURCE_FORK &&
				      evidence->decision.ns < header->start_ns &&
				      (process->parent || evidence->life->departure_count);
	evidence->read_eof = holding_read_eof(holding);
	evidence->read_by_relative = was_read_by_other(evidence->life, process);
	evidence->listens = row->role == ROLE_LISTENER;
	evidence->opened_here = row->source == SOURCE_SOCKET;
	evidence->part_closed_ns = row->part_closed_ns;
	evidence->writing_shut = row->shutdown_ns != 0;
	evidence->handed_on = holding->handed_on;
	evidence->held_until_ns = evidence->until_ns = process->end_ns;
	evidence->end_known = process->end_known;
	evidence->running = process->state == PROCESS_RUNNING;
	if (holding->handed_on) {
		evidence->successor = successor_of(evidence->life, holding);
		if (evidence->successor)
			evidence->until_ns = evidence->successor->process->end_ns;
	}
	evidence->closed_by_exec = was_closed_by_exec(evidence);
	take_origin(evidence);
	take_stacks(evidence);
	if (earlier && evidence->decision.kind == DECIDED_NOT)
		take_back(evidence, earlier);
	take_kernel(evidence);
	take_others(evidence);
}
