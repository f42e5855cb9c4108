/* SPDX-License-Identifier: MIT */
#include "analyzer/classify/buried.h"

#include "analyzer/classify/last_seen.h"
#include "analyzer/classify/row_decision.h"
#include "analyzer/recordings/process_relations.h"

uint32_t stack_closed_at_exit(const struct recording *recording, uint32_t opened_stack,
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

/* Those who had a socket that only the end of PROCESS closed there, and are done with it. */
struct others {
	const struct process *reader; /* who read its end; NULL nobody */
	struct stack_ref eof;         /* ... and where */
	uint64_t done_ns;             /* the last of them */
	uint32_t closed_stack;        /* where PROCESS' own end closed it; 0 unknown */
};

static void take_reader(struct others *others, const struct process *process, uint32_t eof_stack)
{
	others->reader = process;
	others->eof = (struct stack_ref){ process->recording, eof_stack };
}

/* Returns false where one of them may hold it still, or where PROCESS closed it itself. */
static bool others_are_done(const struct socket_life *life, const struct process *process,
			    const struct judge_options *options, struct others *others)
{
	size_t i;

	*others = (struct others){ 0 };
	for (i = 0; i < life->holding_count; i++) {
		const struct holding *holding = &life->holdings[i];
		const struct process *other = holding->process;

		if (other == process || other->state == PROCESS_RUNNING || !other->end_known)
			return false;
		if (other->end_ns > others->done_ns)
			others->done_ns = other->end_ns;
		if (row_read_eof_itself(holding))
			take_reader(others, other, holding->row->eof_stack);
	}
	for (i = 0; i < life->departure_count; i++) {
		const struct recorded_departure *departure = life->departures[i].departure;

		if (life->departures[i].process == process) {
			if (departure->eof_ns || !options->closed_at_exit ||
			    !options->closed_at_exit(options->close_context, process->recording,
						     departure->closed_stack))
				return false;
			others->closed_stack = departure->closed_stack;
			continue;
		}
		if (departure->closed_ns > others->done_ns)
			others->done_ns = departure->closed_ns;
		if (departure->eof_ns)
			take_reader(others, life->departures[i].process, departure->eof_stack);
	}
	return true;
}

static const struct sighting *find_buried(const struct socket_life *life,
					  const struct judge_options *options,
					  struct others *others)
{
	size_t i;

	for (i = 0; i < life->sighting_count; i++)
		if (!life->sightings[i].socket->listener && life->sightings[i].socket->fd >= 0 &&
		    others_are_done(life, life->sightings[i].process, options, others))
			return &life->sightings[i];
	return NULL;
}

bool judge_buried(const struct socket_life *life, const struct judge_options *options,
		  struct leak *leak)
{
	struct others others;
	const struct sighting *sighting = find_buried(life, options, &others);
	const struct recording *recording;
	struct kernel_judgement judgement;
	struct last_seen seen;
	uint32_t closed_stack;
	uint64_t since_ns;

	if (!sighting)
		return false;
	seen = last_seen_by_sighting(sighting->socket);
	recording = sighting->process->recording;
	since_ns = nanoseconds_between(seen.stuck_ns, seen.sampled_ns);
	if (others.done_ns > since_ns)
		since_ns = others.done_ns;
	if (seen.state != KERNEL_CLOSE_WAIT ||
	    nanoseconds_between(since_ns, seen.sampled_ns) < options->min_held_ns)
		return false;
	judgement = kernel_judge_close_wait(&seen.evidence);
	if (!judgement.found || judgement.verdict != VERDICT_LEAK)
		return false;
	closed_stack = others.closed_stack;
	if (!closed_stack)
		closed_stack =
			stack_closed_at_exit(recording, sighting->socket->opened_stack, options);
	if (!closed_stack)
		return false;
	*leak = (struct leak){ .life = life, .count = 1 };
	leak->class = judgement.class;
	leak->reason = judgement.reason;
	if (others.reader && judgement.class == CLASS_EOF_UNCLOSED) {
		leak->class = CLASS_HELD_ELSEWHERE;
		if (process_descends_from(others.reader, sighting->process))
			leak->reason = REASON_PARENT;
		leak->stacks[STACK_EOF] = others.eof;
	}
	leak->verdict = judgement.verdict;
	leak->sighting = sighting;
	leak->deciding = STACK_OPENED;
	leak->stacks[STACK_OPENED] =
		(struct stack_ref){ recording, sighting->socket->opened_stack };
	leak->stacks[STACK_CLOSED] = (struct stack_ref){ recording, closed_stack };
	leak->read_unseen = leak->class == CLASS_EOF_UNCLOSED;
	leak->decided_ns = since_ns;
	leak->until_ns = sighting->process->end_ns;
	return true;
}
