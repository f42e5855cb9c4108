/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/evidence_of_sighting.h"

#include "analyzer/recordings/process_relations.h"
#include "analyzer/rules/births.h"
#include "analyzer/rules/finisher.h"
#include "analyzer/rules/kernel_facts.h"
#include "analyzer/rules/polling.h"

static struct stack_ref stack_in(const struct process *process, uint32_t id)
{
	return (struct stack_ref){ id ? process->recording : NULL, id };
}

uint32_t stack_closed_at_exit(const struct recording *recording, uint32_t opened_stack,
			      const struct judge_options *options)
{
	size_t i;

	for (i = 0; options->closed_at_exit && i < recording->total_count; i++) {
		const struct recorded_total *total = &recording->totals[i];

		if (total->decision == DECIDED_NOT && total->opened_stack == opened_stack &&
		    options->closed_at_exit(options->close_context, recording, opened_stack,
					    total->closed_stack))
			return total->closed_stack;
	}
	return 0;
}

/*
 * Where sockets that were opened at OPENED_STACK were closed of which the program had learned
 * nothing, or not before it ended them itself. By teardown, else at the only place; 0: unknown.
 */
static uint32_t stack_closed_unknowing(const struct recording *recording, uint32_t opened_stack,
				       const struct judge_options *options)
{
	uint32_t stack = stack_closed_at_exit(recording, opened_stack, options);
	bool torn_down = stack, several = false;
	size_t i;

	for (i = 0; !torn_down && i < recording->total_count; i++) {
		const struct recorded_total *total = &recording->totals[i];

		if (total->opened_stack == opened_stack &&
		    (total->decision == DECIDED_NOT || total->decision == DECIDED_SHUTDOWN)) {
			several |= stack && stack != total->closed_stack;
			stack = total->closed_stack;
		}
	}
	return several ? 0 : stack;
}

static void take_process(struct evidence *evidence, const struct process *process)
{
	evidence->process = process;
	evidence->held_until_ns = evidence->until_ns = process->end_ns;
	evidence->end_known = process->end_known;
	evidence->running = process->state == PROCESS_RUNNING;
}

/* The one of OBSERVATION's holders from outside to report of COOKIE: a program goes before a ring.
 */
static const struct observed_holder *holder_outside(const struct observation *observation,
						    uint64_t cookie)
{
	size_t count;

	return observation_holders(observation, cookie, &count);
}

static enum outsider outsider_of(const struct observation *observation,
				 const struct observed_holder *holder)
{
	if (holder && !holder->is_ring)
		return holder->is_child ? OUTSIDER_CHILD : OUTSIDER_OTHER;
	/* Not every kernel shows what a ring holds; what nobody holds, a ring does. */
	return holder || observation->rings ? OUTSIDER_RING : OUTSIDER_KNOWN;
}

/* A process that became a program without the recorder holds what it had as an outsider does. */
static bool is_held_by_recorded(const struct socket_life *life)
{
	size_t i;

	for (i = 0; i < life->holding_count; i++) {
		const struct process *process = life->holdings[i].process;

		if (process->state != PROCESS_EXECED || process->successor)
			return true;
	}
	return false;
}

/* The kernel has what all have closed: a process that was not recorded holds it. */
static void take_outsider(struct evidence *evidence)
{
	const struct observed_socket *socket = evidence->sighting->socket;
	const struct observation *observation = evidence->process->observation;
	const struct recording *recording = evidence->process->recording;
	const struct observed_holder *holder = holder_outside(observation, socket->cookie);
	const struct recorded_birth *birth;

	/* A sample from before the close shows nothing of what came after it. */
	if (is_held_by_recorded(evidence->life) || socket->closed_ns ||
	    socket->sampled_ns <= evidence->closed_ns)
		return;
	evidence->outsider = outsider_of(observation, holder);
	evidence->until_ns = socket->sampled_ns;
	evidence->stuck_since_ns =
		nanoseconds_between(evidence->kernel.stuck_ns, evidence->until_ns);
	if (evidence->outsider != OUTSIDER_CHILD)
		return;
	birth = births_find(recording, holder->pid, UINT64_MAX);
	if (!birth)
		birth = births_find(recording, 0, evidence->closed_ns);
	if (birth)
		evidence->stacks[STACK_EXECED] = (struct stack_ref){ recording, birth->stack };
}

/*
 * What finished it. A shutdown() right before the close is a step of closing: what the program had
 * been reported before counts.
 */
static void take_decision(struct evidence *evidence, const struct recorded_departure *departure)
{
	static const enum stack_kind stacks[] = {
		[DECIDED_EOF] = STACK_EOF,           [DECIDED_ERROR] = STACK_ERROR,
		[DECIDED_SHUTDOWN] = STACK_SHUTDOWN, [DECIDED_CONNECT] = STACK_CONNECT,
		[DECIDED_FIN_UNREAD] = STACK_OPENED, [DECIDED_RESET_UNREAD] = STACK_OPENED,
	};
	const struct process *process = evidence->process;
	uint64_t start_ns = process->recording->header.start_ns;

	if (departure->decision >= sizeof(stacks) / sizeof(stacks[0]))
		return;
	evidence->decision = (struct decision){ .kind = departure->decision,
						.stack = departure->decided_stack,
						.ns = departure->decided_ns };
	if (departure->decision == DECIDED_SHUTDOWN && departure->eof_ns &&
	    nanoseconds_between(departure->decided_ns, departure->closed_ns) < RECORDED_STUCK_NS)
		evidence->decision = (struct decision){ .kind = DECIDED_EOF,
							.stack = departure->eof_stack,
							.ns = departure->eof_ns };
	evidence->part_closed_ns = departure->part_closed_ns;
	evidence->stacks[STACK_DUPLICATED] = stack_in(process, departure->duplicate_stack);
	evidence->held_since_ns = departure->opened_ns > start_ns ? departure->opened_ns : start_ns;
	evidence->opened_here = departure->source == SOURCE_SOCKET;
	evidence->last_sent_ns = departure->sent_ns;
	if (departure->decision != DECIDED_NOT)
		evidence->stacks[stacks[departure->decision]] =
			stack_in(process, departure->decided_stack);
	evidence->stacks[STACK_OPENED] = stack_in(process, departure->opened_stack);
}

static const struct observed_listener *listener_in(const struct sighting *sighting)
{
	return observation_listener(sighting->process->observation, sighting->socket->listener);
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

static const struct recorded_departure *departure_from(const struct socket_life *life,
						       const struct process *process)
{
	size_t i;

	for (i = 0; life && i < life->departure_count; i++)
		if (life->departures[i].process == process)
			return life->departures[i].departure;
	return NULL;
}

/* LISTENER was closed in the process; where and when, as far as is known. */
static void take_listener_close(struct evidence *evidence, uint32_t opened_stack,
				const struct judge_options *options)
{
	const struct process *process = evidence->process;
	const struct recorded_departure *departure =
		departure_from(evidence->life->listener, process);

	if (departure) {
		evidence->closed_ns = departure->closed_ns;
		evidence->closed_stack = departure->closed_stack;
		return;
	}
	evidence->closed_stack = stack_closed_at_exit(process->recording, opened_stack, options);
	evidence->closed_ns = process->end_ns;
}

static void take_backlog(struct evidence *evidence, const struct judge_options *options)
{
	const struct sighting *sighting = evidence->sighting;
	const struct process *process = evidence->process;
	const struct observed_listener *listener = listener_in(sighting);
	const struct socket_life *life = evidence->life->listener;

	if (!listener)
		return;
	evidence->until_ns = evidence->kernel.sampled_ns;
	evidence->backlog.waits = evidence->life->holding_count == 0;
	evidence->backlog.accepted_ns = last_accept_of(life);
	evidence->backlog.holding = holding_of(life, process);
	evidence->backlog.listener_open =
		evidence->backlog.holding &&
		!(evidence->backlog.holding->row->shutdown_how & SHUTDOWN_READ);
	if (!evidence->backlog.holding)
		take_listener_close(evidence, listener->opened_stack, options);
	evidence->stacks[STACK_CLOSED] = stack_in(process, evidence->closed_stack);
	evidence->stacks[STACK_LISTEN] = stack_in(process, listener->listen_stack);
	evidence->stacks[STACK_LAST_USE] = stack_in(process, listener->accept_stack);
	evidence->stacks[STACK_OPENED] = stack_in(process, listener->opened_stack);
}

static void take_reader(struct evidence *evidence, const struct process *process,
			uint32_t eof_stack)
{
	evidence->other.process = process;
	evidence->other.read_eof = true;
	evidence->other.descends = process_descends_from(process, evidence->process);
	evidence->other.eof = stack_in(process, eof_stack);
}

static void done_since(struct evidence *evidence, uint64_t ns)
{
	if (ns > evidence->others_done_ns)
		evidence->others_done_ns = ns;
}

/* All who had the socket besides the process, and when the last was done with it. */
static void take_relatives(struct evidence *evidence)
{
	const struct socket_life *life = evidence->life;
	size_t i;

	evidence->others_done = true;
	for (i = 0; i < life->holding_count; i++) {
		const struct process *other = life->holdings[i].process;

		evidence->others_done &= other->state != PROCESS_RUNNING && other->end_known;
		done_since(evidence, other->end_ns);
		if (holding_read_eof(&life->holdings[i]))
			take_reader(evidence, other, life->holdings[i].row->eof_stack);
	}
	for (i = 0; i < life->departure_count; i++) {
		const struct recorded_departure *departure = life->departures[i].departure;

		if (life->departures[i].process == evidence->process)
			continue;
		done_since(evidence, departure->closed_ns);
		if (departure->eof_ns)
			take_reader(evidence, life->departures[i].process, departure->eof_stack);
	}
}

void evidence_fill_departing(struct evidence *evidence, const struct departing *departing)
{
	const struct recorded_departure *departure = departing->departure;
	const struct process *process = departing->process;

	take_process(evidence, process);
	evidence->departing = departing;
	evidence->closed_ns = evidence->held_until_ns = evidence->until_ns = departure->closed_ns;
	evidence->closed_stack = departure->closed_stack;
	take_decision(evidence, departure);
	evidence->stacks[STACK_CLOSED] = stack_in(process, departure->closed_stack);
	evidence->stacks[STACK_EOF] = stack_in(process, departure->eof_stack);
	if (departure->role != ROLE_LISTENER)
		evidence->stacks[departure->eof_ns ? STACK_REREAD : STACK_PAUSED] =
			stack_in(process, departure->reread_stack);
	evidence->stacks[STACK_LAST_USE] = stack_in(process, departure->last_use_stack);
	evidence->stacks[STACK_NEXT] = stack_in(process, departure->next_stack);
	evidence->stacks[STACK_WROTE] = stack_in(process, departure->write_stack);
	evidence->stacks[STACK_WATCHED] = stack_in(process, departure->watch_stack);
	evidence->stacks[STACK_READ] = stack_in(process, departure->read_stack);
	if (evidence->decision.kind == DECIDED_NOT) {
		take_relatives(evidence);
		evidence->stuck_since_ns = evidence->others_done_ns;
	}
	evidence->sighting = life_sighting(evidence->life, process);
	if (evidence->sighting) {
		evidence->kernel = kernel_facts_by_sample(evidence->sighting->socket);
		take_outsider(evidence);
	}
	/* By the kernel's count alone it may have come at any time since the last segment. */
	if (evidence->decision.kind == DECIDED_RESET_UNREAD)
		evidence->decision.ns = evidence->kernel.state == KERNEL_CLOSE
						? evidence->sighting->socket->since_ns
						: evidence->closed_ns;
	if (evidence->decision.kind == DECIDED_FIN_UNREAD) {
		evidence->kernel.fin_ns = evidence->decision.ns;
		evidence->polling = polling_of_departure(process, departure);
	}
}

/* The process had it, by the sample, and has closed it since: nothing is left of its row. */
static void take_close(struct evidence *evidence, const struct judge_options *options)
{
	const struct recorded_departure *departure =
		departure_from(evidence->life, evidence->process);
	const struct process *process = evidence->process;
	uint32_t opened_stack = evidence->sighting->socket->opened_stack;

	if (departure) {
		evidence->closed_ns = departure->closed_ns;
		evidence->closed_stack = departure->eof_ns ? 0 : departure->closed_stack;
	} else {
		evidence->closed_stack =
			stack_closed_unknowing(process->recording, opened_stack, options);
	}
	evidence->stacks[STACK_OPENED] = stack_in(process, opened_stack);
	evidence->stacks[STACK_CLOSED] = stack_in(process, evidence->closed_stack);
}

void evidence_fill_sighting(struct evidence *evidence, const struct sighting *sighting,
			    const struct judge_options *options)
{
	take_process(evidence, sighting->process);
	evidence->sighting = sighting;
	evidence->kernel = kernel_facts_by_sample(sighting->socket);
	evidence->stuck_since_ns =
		nanoseconds_between(evidence->kernel.stuck_ns, evidence->kernel.sampled_ns);
	if (sighting->socket->listener) {
		take_backlog(evidence, options);
		return;
	}
	if (sighting->socket->fd < 0)
		return;
	evidence->opened_here = sighting->socket->flags & OBSERVED_OPENED;
	take_relatives(evidence);
	if (evidence->others_done_ns > evidence->stuck_since_ns)
		evidence->stuck_since_ns = evidence->others_done_ns;
	take_close(evidence, options);
}

void evidence_fill_unrecorded(struct evidence *evidence, const struct sighting *sighting)
{
	const struct observed_socket *socket = sighting->socket;

	take_process(evidence, sighting->process);
	evidence->sighting = sighting;
	evidence->by_kernel_alone = true;
	evidence->opened_here = socket->origin == OBSERVED_UNRECORDED;
	evidence->kernel = kernel_facts_by_sample(socket);
	evidence->until_ns = socket->sampled_ns;
	evidence->stuck_since_ns =
		nanoseconds_between(evidence->kernel.stuck_ns, evidence->kernel.sampled_ns);
	if (socket->listener)
		evidence->backlog = (struct backlog_facts){ .waits = true, .listener_open = true };
}
