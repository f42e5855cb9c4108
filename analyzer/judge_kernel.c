/* SPDX-License-Identifier: MIT */
#include "analyzer/judge_kernel.h"

#include "analyzer/kernel_judge.h"

#define NS_PER_MS 1000000u

/* The last that is known of a socket in one process, by a look from outside or at its exit. */
struct last_seen {
	uint64_t looked_ns;
	uint64_t stuck_ns; /* for how long it had been so, at least */
	uint8_t state;     /* enum kernel_state; 0: nothing is known */
	struct kernel_evidence evidence;
};

/*
 * How long it was stuck at LOOKED_NS, as it is known for NS: the peer's FIN can't have come after
 * its last segment. A file may lie, but the clock runs for no longer than it shows.
 */
static uint64_t stuck_at(uint64_t looked_ns, uint64_t ns, int64_t quiet_ms)
{
	uint64_t quiet_max = looked_ns / NS_PER_MS;
	uint64_t quiet_ns = quiet_ms > 0 ? (uint64_t)quiet_ms : 0;

	quiet_ns = (quiet_ns < quiet_max ? quiet_ns : quiet_max) * NS_PER_MS;
	return ns > quiet_ns ? ns : quiet_ns;
}

static struct last_seen by_sighting(const struct observed_socket *socket)
{
	return (struct last_seen){
		.looked_ns = socket->looked_ns,
		.stuck_ns = stuck_at(socket->looked_ns,
				     nanoseconds_between(socket->since_ns, socket->looked_ns),
				     socket->quiet_ms),
		.state = socket->state,
		.evidence = {
			.in_program = true,
			.multipath = socket->flags & OBSERVED_MULTIPATH,
			.receive_queue = socket->receive_queue,
			.reads = socket->read_ns == socket->looked_ns,
			.sends = socket->sent_ns == socket->looked_ns || socket->send_queue,
			.attention = socket->attention <= ATTENTION_AWAKE ? socket->attention
									  : ATTENTION_UNKNOWN,
		},
	};
}

static struct last_seen by_exit_look(const struct recorded_socket *row)
{
	return (struct last_seen){
		.looked_ns = row->looked_ns,
		.stuck_ns = row->quiet_ms == UINT32_MAX
				    ? 0
				    : stuck_at(row->looked_ns, 0, row->quiet_ms),
		.state = row->tcp_state,
		.evidence = {
			.in_program = true,
			.multipath = row->kind == KIND_MPTCP,
			.receive_queue = row->receive_queue,
			.sends = row->last_sent_ms < row->quiet_ms,
		},
	};
}

/*
 * What epoll was asked, by the recorded calls. An EPOLLONESHOT that awaited the end has fired by
 * now, and is consumed.
 */
static enum kernel_attention recorded_attention(const struct holding *holding)
{
	const struct recording_header *header = &holding->process->recording->header;
	uint32_t interest = holding->row->epoll_interest;

	if (!(interest & RECORDED_REGISTERED))
		return header->blind & BLIND_IO_URING ? ATTENTION_UNKNOWN : ATTENTION_NONE;
	return kernel_epoll_awaits_end(interest) && !kernel_epoll_fires_once(interest)
		       ? ATTENTION_AWAKE
		       : ATTENTION_PAUSED;
}

static struct last_seen last_seen_of(const struct socket_life *life, const struct holding *holding)
{
	const struct observed_socket *socket = life_seen_in(life, holding->process);
	const struct recorded_socket *row = holding->row;
	struct last_seen seen = { 0 };

	if (socket && !(socket->flags & OBSERVED_GONE))
		seen = by_sighting(socket);
	if (row->looked_ns > seen.looked_ns && row->kind != KIND_UNIX &&
	    row->receive_queue != RECORDED_QUEUE_UNKNOWN) {
		struct last_seen at_exit = by_exit_look(row);

		if (at_exit.state == seen.state) {
			uint64_t since_ns = seen.looked_ns - seen.stuck_ns;
			uint64_t stuck_ns = nanoseconds_between(since_ns, row->looked_ns);

			at_exit.evidence.attention = seen.evidence.attention;
			if (stuck_ns > at_exit.stuck_ns)
				at_exit.stuck_ns = stuck_ns;
		}
		seen = at_exit;
	}
	if (seen.evidence.attention == ATTENTION_UNKNOWN)
		seen.evidence.attention = recorded_attention(holding);
	/* Out of CLOSE_WAIT leads nothing but a close or a shutdown, which would be recorded. */
	if (seen.state == KERNEL_CLOSE_WAIT && holding->process->end_known)
		seen.stuck_ns += nanoseconds_between(seen.looked_ns, holding->process->end_ns);
	return seen;
}

/* Reset or given up by the kernel while the program did nothing with it. */
static struct kernel_judgement judge_closed(const struct observed_socket *socket)
{
	static const struct kernel_judgement nothing = { 0 };

	if (!socket || !(socket->flags & OBSERVED_CONNECTED))
		return nothing;
	if (socket->flags & OBSERVED_FIN_SENT)
		return (struct kernel_judgement){ .found = true,
						  .class = CLASS_SHUTDOWN_UNCLOSED,
						  .verdict = VERDICT_LEAK };
	return (struct kernel_judgement){
		.found = true,
		.class = CLASS_ERROR_UNCLOSED,
		.verdict = socket->flags & OBSERVED_ERROR_PENDING ? VERDICT_NOTE : VERDICT_LEAK,
	};
}

static bool was_read_by_departed(const struct socket_life *life)
{
	size_t i;

	for (i = 0; i < life->departure_count; i++)
		if (life->departures[i].departure->eof_ns)
			return true;
	return false;
}

bool judge_undecided(const struct socket_life *life, const struct holding *holding,
		     const struct judge_options *options, struct leak *leak)
{
	struct last_seen seen = last_seen_of(life, holding);
	struct kernel_judgement judgement = { 0 };

	if (holding->handed_on || holding->row->role == ROLE_LISTENER)
		return false;
	/* A relative read the end and closed: judge_held_elsewhere had the say. */
	if (was_read_by_departed(life))
		return false;
	if (seen.stuck_ns < options->min_held_ns)
		return false;
	if (seen.state == KERNEL_CLOSE_WAIT)
		judgement = kernel_judge_close_wait(&seen.evidence);
	else if (seen.state == KERNEL_CLOSE)
		judgement = judge_closed(life_seen_in(life, holding->process));
	if (!judgement.found)
		return false;
	leak->class = judgement.class;
	leak->reason = judgement.reason;
	leak->verdict = judgement.verdict;
	leak->holder = leak->history = holding;
	leak->sighting = life_sighting(life, holding->process);
	leak->deciding = STACK_OPENED;
	leak->read_unseen = judgement.class == CLASS_EOF_UNCLOSED;
	leak->until_ns = holding->process->end_ns > seen.looked_ns ? holding->process->end_ns
								   : seen.looked_ns;
	leak->decided_ns = nanoseconds_between(seen.stuck_ns, leak->until_ns);
	return true;
}

/* Closed at the end, opened at OPENED_STACK and never known to be finished: where? 0 nowhere. */
static uint32_t closed_at_exit(const struct recording *recording, uint32_t opened_stack,
			       const struct judge_options *options)
{
	size_t i;

	for (i = 0; options->closed_at_exit && i < recording->total_count; i++) {
		const struct recorded_total *total = &recording->totals[i];

		if (total->decision == DECIDED_NOT && total->opened_stack == opened_stack &&
		    options->closed_at_exit(options->close_context, recording, total->closed_stack))
			return total->closed_stack;
	}
	return 0;
}

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
	seen = by_sighting(sighting->socket);
	recording = sighting->process->recording;
	listener = listener_in(sighting);
	if (!listener || seen.stuck_ns < options->min_held_ns)
		return false;
	/* It may be among those. */
	if (last_accept_of(life->listener) > seen.looked_ns)
		return false;
	/* A program that closes its listener refuses what waits there, which is its right. */
	leak->holder = leak->history = holding_of(life->listener, sighting->process);
	if (!leak->holder)
		closed_stack = closed_at_exit(recording, listener->opened_stack, options);
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
	leak->decided_ns = seen.looked_ns - seen.stuck_ns;
	leak->until_ns = seen.looked_ns;
	return true;
}

bool judge_buried(const struct socket_life *life, const struct judge_options *options,
		  struct leak *leak)
{
	const struct sighting *sighting = life->sightings;
	const struct recording *recording;
	struct kernel_judgement judgement;
	struct last_seen seen;
	uint32_t closed_stack;

	if (life->holding_count || life->departure_count || !life->sighting_count ||
	    sighting->socket->listener)
		return false;
	seen = by_sighting(sighting->socket);
	recording = sighting->process->recording;
	if (seen.state != KERNEL_CLOSE_WAIT || seen.stuck_ns < options->min_held_ns)
		return false;
	judgement = kernel_judge_close_wait(&seen.evidence);
	if (!judgement.found || judgement.verdict != VERDICT_LEAK)
		return false;
	closed_stack = closed_at_exit(recording, sighting->socket->opened_stack, options);
	if (!closed_stack)
		return false;
	leak->class = judgement.class;
	leak->reason = judgement.reason;
	leak->verdict = judgement.verdict;
	leak->sighting = sighting;
	leak->deciding = STACK_OPENED;
	leak->stacks[STACK_OPENED] =
		(struct stack_ref){ recording, sighting->socket->opened_stack };
	leak->stacks[STACK_CLOSED] = (struct stack_ref){ recording, closed_stack };
	leak->read_unseen = judgement.class == CLASS_EOF_UNCLOSED;
	leak->decided_ns = seen.looked_ns - seen.stuck_ns;
	leak->until_ns = sighting->process->end_ns;
	return true;
}

bool kernel_denies(const struct socket_life *life, const struct holding *holding,
		   uint64_t decided_ns, bool read_eof)
{
	const struct observation *observation = holding->process->observation;
	const struct observed_socket *socket = life_seen_in(life, holding->process);

	if (!observation || observation->looked_ns <= decided_ns)
		return false;
	/* A look keeps all that were decided: this one was closed after the recording was read. */
	if (!socket)
		return holding->process->state == PROCESS_RUNNING && !observation->failure &&
		       life->name.cookie && holding->row->kind != KIND_UNIX;
	if (socket->flags & OBSERVED_GONE)
		return true;
	return read_eof && socket->state == KERNEL_ESTABLISHED;
}
