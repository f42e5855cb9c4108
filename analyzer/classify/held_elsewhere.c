/* SPDX-License-Identifier: MIT */
#include "analyzer/classify/held_elsewhere.h"

#include "analyzer/base/clock.h"
#include "analyzer/classify/births.h"
#include "analyzer/classify/row_decision.h"
#include "analyzer/recordings/process_relations.h"

/*
 * X, the process that was finished with the socket: it closed it (departing), or ended with it
 * open (holding).
 */
struct finisher {
	const struct process *process;
	const struct departing *departing;
	const struct holding *holding;
	uint64_t finished_ns;
	bool read_eof; /* itself */
	uint8_t source;
};

static bool same_process(const struct process *a, const struct process *b)
{
	return a && b && a->recording->header.pid == b->recording->header.pid;
}

static bool finisher_of_departure(const struct departing *departing, struct finisher *finisher)
{
	const struct recorded_departure *departure = departing->departure;
	const struct recording_header *header = &departing->process->recording->header;

	*finisher = (struct finisher){
		.process = departing->process,
		.departing = departing,
		.finished_ns = departure->closed_ns,
		.read_eof = departure->eof_ns && (departure->source != SOURCE_FORK ||
						  departure->eof_ns >= header->start_ns),
		.source = departure->source,
	};
	return true;
}

static bool finisher_of_holding(const struct holding *holding, struct finisher *finisher)
{
	if (holding->process->state == PROCESS_RUNNING || !holding->process->end_known)
		return false;
	*finisher = (struct finisher){
		.process = holding->process,
		.holding = holding,
		.finished_ns = holding->process->end_ns,
		.read_eof = row_read_eof_itself(holding),
		.source = holding->row->source,
	};
	return true;
}

/* Has HOLDER kept the socket for long enough after FINISHER was done with it? */
static bool outlasts(const struct holding *holder, const struct finisher *finisher,
		     const struct judge_options *options)
{
	const struct process *process = holder->process;

	if (!process->end_known)
		return true;
	return nanoseconds_between(finisher->finished_ns, process->end_ns) >= options->min_held_ns;
}

/* Was HOLDER last seen in CLOSE_WAIT, *seen_ns, with nothing sent from *sent_ns on? */
static bool is_in_close_wait(const struct socket_life *life, const struct holding *holder,
			     uint64_t *seen_ns, uint64_t *sent_ns)
{
	const struct observed_socket *socket = life_seen_in(life, holder->process);
	const struct recorded_socket *row = holder->row;
	uint64_t silent_ns = (uint64_t)row->last_sent_ms * NS_PER_MS;

	if (row->looked_ns && (!socket || row->looked_ns > socket->sampled_ns)) {
		*seen_ns = row->looked_ns;
		*sent_ns = nanoseconds_between(silent_ns, row->looked_ns);
		return row->tcp_state == KERNEL_CLOSE_WAIT;
	}
	if (!socket)
		return false;
	*seen_ns = socket->sampled_ns;
	*sent_ns = socket->sent_ns;
	return socket->state == KERNEL_CLOSE_WAIT;
}

/*
 * The one that closed read no EOF, but the kernel has one for the child that inherited: the child
 * is left with it, unless it has sent something since, which says that it serves the connection.
 */
static bool is_left_in_close_wait(const struct socket_life *life, const struct holding *holder,
				  const struct finisher *finisher,
				  const struct judge_options *options)
{
	uint8_t source = holder->row->source;
	uint64_t seen_ns, sent_ns;

	if (!finisher->departing || !is_in_close_wait(life, holder, &seen_ns, &sent_ns))
		return false;
	if (source != SOURCE_FORK && source != SOURCE_EXEC && source != SOURCE_PASSED)
		return false;
	if (same_process(finisher->process->parent, holder->process))
		return false;
	if (nanoseconds_between(finisher->finished_ns, seen_ns) < options->min_held_ns)
		return false;
	return sent_ns <= finisher->finished_ns;
}

static enum leak_reason reason_of(const struct holding *holder, const struct finisher *finisher)
{
	/* It inherited the socket by the fork, or by the exec that followed. */
	if ((finisher->source == SOURCE_FORK || finisher->source == SOURCE_EXEC) &&
	    process_descends_from(finisher->process, holder->process))
		return REASON_PARENT;
	if (holder->row->source == SOURCE_EXEC)
		return REASON_EXEC_CHILD;
	if (holder->row->source == SOURCE_FORK)
		return REASON_FORKED_CHILD;
	if (holder->row->source == SOURCE_PASSED)
		return REASON_PASSED;
	return REASON_NONE;
}

/*
 * Where the holder's process was started: as its parent noted it, or as the forked child that
 * became this program by exec took it along.
 */
static struct stack_ref birth_of(const struct process *child)
{
	const struct recording *parent = child->parent ? child->parent->recording : NULL;
	const struct recording_header *header = &child->recording->header;
	const struct recorded_birth *birth = births_find(parent, header->pid, UINT64_MAX);
	const struct process *image;

	if (!birth)
		birth = births_find(parent, 0, header->start_ns);
	if (birth)
		return (struct stack_ref){ parent, birth->stack };
	for (image = child; image; image = image->predecessor)
		if (image->recording->header.birth_stack)
			return (struct stack_ref){ image->recording,
						   image->recording->header.birth_stack };
	return (struct stack_ref){ NULL, 0 };
}

static struct stack_ref exec_stack_of(const struct holding *holder, const struct finisher *finisher)
{
	const struct process *predecessor = holder->process->predecessor;
	struct stack_ref exec = { NULL, 0 }, birth = birth_of(holder->process);

	if (predecessor && predecessor->recording->header.end_stack)
		exec = (struct stack_ref){ predecessor->recording,
					   predecessor->recording->header.end_stack };
	/* The program that read the EOF and then exec'd is to blame itself, not its parent. */
	if (exec.recording && same_process(finisher->process, holder->process))
		return exec;
	return birth.recording ? birth : exec;
}

static void blame(const struct holding *holder, const struct finisher *finisher, struct leak *leak)
{
	const struct recording *recording = finisher->process->recording;

	leak->class = CLASS_HELD_ELSEWHERE;
	leak->verdict = VERDICT_LEAK;
	leak->reason = reason_of(holder, finisher);
	leak->holder = holder;
	leak->history = finisher->holding ? finisher->holding : holder;
	leak->decided_ns = finisher->finished_ns;
	leak->until_ns = holder->process->end_ns;
	leak->deciding = STACK_OPENED;
	if (finisher->departing) {
		const struct recorded_departure *departure = finisher->departing->departure;

		leak->stacks[STACK_CLOSED] =
			(struct stack_ref){ recording, departure->closed_stack };
		leak->stacks[STACK_EOF] = (struct stack_ref){ recording, departure->eof_stack };
	} else if (finisher->holding->row->eof_ns) {
		leak->stacks[STACK_EOF] =
			(struct stack_ref){ recording, finisher->holding->row->eof_stack };
	}
	if (leak->reason == REASON_EXEC_CHILD) {
		leak->stacks[STACK_EXECED] = exec_stack_of(holder, finisher);
		leak->deciding = STACK_EXECED;
	} else if (leak->reason == REASON_FORKED_CHILD) {
		leak->stacks[STACK_FORKED] = birth_of(holder->process);
		leak->deciding = STACK_FORKED;
	}
}

/*
 * A child forked for a task of its own (a snapshot, as redis takes them) holds what its parent
 * closes meanwhile. Where it ends by itself and the parent goes on, nothing is held in the end.
 */
static bool held_for_a_while(const struct holding *holder, const struct finisher *finisher,
			     const struct judge_options *options)
{
	const struct process *child = holder->process, *parent = finisher->process;

	if (holder->row->source != SOURCE_FORK || child->state != PROCESS_EXITED ||
	    child->parent != parent)
		return false;
	/* When a process was killed is known only from when that was seen: the child may have ended
	 * because of it. */
	if (parent->state == PROCESS_KILLED)
		return false;
	return parent->state == PROCESS_RUNNING ||
	       nanoseconds_between(child->end_ns, parent->end_ns) >= options->min_held_ns;
}

static bool judge_pair(const struct socket_life *life, const struct holding *holder,
		       const struct finisher *finisher, const struct judge_options *options,
		       struct leak *leak)
{
	if (finisher->process == holder->process)
		return false;
	if (!outlasts(holder, finisher, options) || held_for_a_while(holder, finisher, options))
		return false;
	if (!finisher->read_eof && !is_left_in_close_wait(life, holder, finisher, options))
		return false;
	blame(holder, finisher, leak);
	return true;
}

/*
 * Nobody was finished with it: most sockets, and a listener that ten thousand workers inherited, of
 * whom no pair needs to be looked at.
 */
static bool has_no_finisher(const struct socket_life *life)
{
	size_t i;

	if (life->departure_count)
		return false;
	for (i = 0; i < life->holding_count; i++)
		if (row_read_eof_itself(&life->holdings[i]))
			return false;
	return true;
}

bool judge_held_elsewhere(const struct socket_life *life, const struct judge_options *options,
			  struct leak *leak)
{
	struct finisher finisher;
	size_t i, j;

	if (has_no_finisher(life))
		return false;
	for (i = 0; i < life->holding_count; i++) {
		const struct holding *holder = &life->holdings[i];

		if (holder->handed_on || row_read_eof_itself(holder))
			continue;
		for (j = 0; j < life->departure_count; j++)
			if (finisher_of_departure(&life->departures[j], &finisher) &&
			    judge_pair(life, holder, &finisher, options, leak))
				return true;
		for (j = 0; j < life->holding_count; j++)
			if (finisher_of_holding(&life->holdings[j], &finisher) &&
			    judge_pair(life, holder, &finisher, options, leak))
				return true;
	}
	return false;
}
