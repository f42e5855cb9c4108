/* SPDX-License-Identifier: MIT */
#include "analyzer/classify/classify.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/classify/buried.h"
#include "analyzer/classify/half_closed.h"
#include "analyzer/classify/held_elsewhere.h"
#include "analyzer/classify/judge_kernel.h"
#include "analyzer/classify/never_accepted.h"
#include "analyzer/classify/left_behind.h"
#include "analyzer/classify/row_decision.h"
#include "analyzer/classify/unseen_ends.h"

/* Whose row tells where the socket was opened; inherited rows carry their parent's stacks. */
static struct stack_ref opened_stack_of(const struct socket_life *life, const struct holding *first)
{
	size_t i;

	if (first && first->row->opened_stack)
		return (struct stack_ref){ first->process->recording, first->row->opened_stack };
	for (i = 0; i < life->holding_count; i++)
		if (life->holdings[i].row->opened_stack)
			return (struct stack_ref){ life->holdings[i].process->recording,
						   life->holdings[i].row->opened_stack };
	for (i = 0; i < life->departure_count; i++)
		if (life->departures[i].departure->opened_stack)
			return (struct stack_ref){ life->departures[i].process->recording,
						   life->departures[i].departure->opened_stack };
	return (struct stack_ref){ NULL, 0 };
}

/* A stack that was not recorded leaves the opened one to decide. */
static void settle_stacks(struct leak *leak)
{
	unsigned int kind;

	if (!leak->stacks[STACK_OPENED].id)
		leak->stacks[STACK_OPENED] = opened_stack_of(leak->life, leak->history);
	for (kind = 0; kind < STACK_KINDS; kind++)
		if (leak->stacks[kind].id == 0)
			leak->stacks[kind].recording = NULL;
	if (!leak->stacks[leak->deciding].recording)
		leak->deciding = STACK_OPENED;
}

static void take_row_stacks(struct leak *leak, const struct holding *holding)
{
	const struct recording *recording = holding->process->recording;
	const struct recorded_socket *row = holding->row;

	if (row->eof_ns)
		leak->stacks[STACK_EOF] = (struct stack_ref){ recording, row->eof_stack };
	if (row->error_ns)
		leak->stacks[STACK_ERROR] = (struct stack_ref){ recording, row->error_stack };
	if (row->shutdown_ns)
		leak->stacks[STACK_SHUTDOWN] = (struct stack_ref){ recording, row->shutdown_stack };
	if (row->role == ROLE_CONNECTING || row->role == ROLE_CONNECT_FAILED)
		leak->stacks[STACK_CONNECT] = (struct stack_ref){ recording, row->connect_stack };
	if (row->part_closed_ns)
		leak->stacks[STACK_CLOSED] =
			(struct stack_ref){ recording, row->part_closed_stack };
	if (holding->duplicate_stack)
		leak->stacks[STACK_DUPLICATED] =
			(struct stack_ref){ recording, holding->duplicate_stack };
	if (row->last_use_ns)
		leak->stacks[STACK_LAST_USE] = (struct stack_ref){ recording, row->last_use_stack };
}

static bool is_duplicate_held(const struct recorded_socket *row,
			      const struct row_decision *decision)
{
	if (!row->part_closed_ns || decision->decision == DECIDED_NOT)
		return false;
	return row->part_closed_ns >= (row->eof_ns ? row->eof_ns : decision->ns);
}

static enum leak_class class_of(const struct row_decision *decision, enum stack_kind *deciding)
{
	switch (decision->decision) {
	case DECIDED_ERROR:
		*deciding = STACK_ERROR;
		return CLASS_ERROR_UNCLOSED;
	case DECIDED_SHUTDOWN:
		*deciding = STACK_SHUTDOWN;
		return CLASS_SHUTDOWN_UNCLOSED;
	case DECIDED_CONNECT:
		*deciding = STACK_CONNECT;
		return CLASS_CONNECT_UNCLOSED;
	default:
		*deciding = STACK_EOF;
		return CLASS_EOF_UNCLOSED;
	}
}

/*
 * Judges one process' row for itself. Returns false where nothing decided over the socket: open,
 * and rightly so as far as this process knows.
 */
static bool judge_row(const struct socket_life *life, const struct holding *holding,
		      const struct judge_options *options, struct leak *leak)
{
	const struct process *process = holding->process;
	struct row_decision decision = row_decide(holding);

	if (decision.decision == DECIDED_NOT) {
		take_row_stacks(leak, holding);
		return judge_undecided(life, holding, options, leak);
	}
	if (kernel_denies(life, holding, decision.ns, decision.decision == DECIDED_EOF))
		return false;
	leak->holder = leak->history = holding;
	leak->sighting = life_sighting(life, process);
	leak->decided_ns = decision.ns;
	leak->until_ns = process->end_ns;
	leak->verdict = VERDICT_LEAK;
	leak->class = class_of(&decision, &leak->deciding);
	take_row_stacks(leak, holding);
	if (is_duplicate_held(holding->row, &decision)) {
		leak->class = CLASS_DUPLICATE_HELD;
		leak->deciding = STACK_DUPLICATED;
	}
	if (process->end_known &&
	    nanoseconds_between(decision.ns, process->end_ns) < options->min_held_ns) {
		leak->verdict = VERDICT_NOTE;
		/* A running process is only on its way to close it. */
		if (process->state != PROCESS_RUNNING) {
			(void)class_of(&decision, &leak->deciding);
			leak->class = CLASS_EXIT_UNCLOSED;
		}
	} else if (leak->class == CLASS_EOF_UNCLOSED &&
		   still_sends(life, holding, options, &leak->sent_ns)) {
		leak->verdict = VERDICT_NOTE;
		leak->reason = REASON_HALF_CLOSED;
	}
	return true;
}

/*
 * The worst judgement wins, of equals the one that was seen to read the end (when it came is only
 * estimated where the kernel alone tells of it), then the earliest decision.
 */
static bool is_worse(const struct leak *a, const struct leak *b)
{
	if (a->verdict != b->verdict)
		return a->verdict < b->verdict;
	if (a->read_unseen != b->read_unseen)
		return b->read_unseen;
	return a->decided_ns < b->decided_ns;
}

/*
 * A process that kept the socket for long after its EOF is to blame, whoever else has it; but where
 * a child that read the EOF and ended leaves it to its parent, the parent is.
 */
static bool prefers_elsewhere(const struct leak *own, const struct leak *elsewhere)
{
	if (own->verdict != VERDICT_LEAK)
		return true;
	/* It does not know of the connection: who should have closed it with the other says more.
	 */
	if (own->class == CLASS_FIN_UNREAD || own->read_unseen)
		return true;
	return elsewhere->reason == REASON_PARENT && elsewhere->history == own->holder;
}

/*
 * A replaced image answers for what its successor took over only where it had the time to close it
 * itself; then the leak goes on in the successor.
 */
static bool answers_for_successor(struct leak *leak)
{
	const struct recording_header *replaced = &leak->holder->process->recording->header;
	const struct socket_life *life = leak->life;
	bool held = false;
	size_t i;

	if (leak->verdict != VERDICT_LEAK)
		return false;
	for (i = 0; i < life->holding_count; i++) {
		const struct holding *holding = &life->holdings[i];

		if (holding->handed_on || holding->process->recording->header.pid != replaced->pid)
			continue;
		leak->holder = holding;
		leak->until_ns = holding->process->end_ns;
		held = true;
	}
	return held;
}

static bool judge_life(const struct socket_life *life, const struct judge_options *options,
		       struct leak *leak)
{
	bool found = false;
	struct leak elsewhere = { .life = life, .count = 1 };
	size_t i;

	for (i = 0; i < life->holding_count; i++) {
		struct leak candidate = { .life = life, .count = 1 };
		const struct holding *holding = &life->holdings[i];

		/* What a parent had learned before the fork is held against the parent, if it is
		 * known. */
		if (row_decide(holding).inherited &&
		    (holding->process->parent || life->departure_count))
			continue;
		if (!judge_row(life, holding, options, &candidate))
			continue;
		if (holding->handed_on && !answers_for_successor(&candidate))
			continue;
		if (!found || is_worse(&candidate, leak))
			*leak = candidate;
		found = true;
	}
	if (judge_held_elsewhere(life, options, &elsewhere) &&
	    (!found || prefers_elsewhere(leak, &elsewhere))) {
		*leak = elsewhere;
		found = true;
	}
	if (!found)
		found = judge_never_accepted(life, options, leak) ||
			judge_left_behind(life, options, leak);
	/* A child that ended right after the end of stream may leave it to a parent. */
	if (!found || leak->verdict == VERDICT_NOTE)
		found = judge_buried(life, options, leak) || found;
	if (found)
		settle_stacks(leak);
	return found;
}

static void add_leak(struct leaks *leaks, const struct leak *leak)
{
	*(struct leak *)allocate_next(&leaks->list, leaks->count, sizeof(*leak)) = *leak;
	leaks->count++;
}

/* How many of TOTAL's sockets were held for HELD_NS or longer after what decided over them. */
static uint64_t count_held(const struct recorded_total *total, uint64_t held_ns)
{
	uint64_t count = 0;
	unsigned int bucket;

	for (bucket = 0; bucket < HELD_BUCKETS; bucket++)
		if (held_bucket_floor(bucket) >= held_ns)
			count += total->held[bucket];
	if (count == 0 && total->held_max_ns >= held_ns)
		count = 1;
	return count < total->count ? count : total->count;
}

bool total_is_closed_at_exit(const struct recording *recording, const struct recorded_total *total,
			     const struct judge_options *options)
{
	return total->decision != DECIDED_NOT && options->closed_at_exit &&
	       count_held(total, options->min_held_ns) > 0 &&
	       options->closed_at_exit(options->close_context, recording, total->closed_stack);
}

static void take_total_stacks(struct leak *leak, const struct recording *recording)
{
	const struct recorded_total *total = leak->total;

	leak->stacks[leak->deciding] = (struct stack_ref){ recording, total->decided_stack };
	leak->stacks[STACK_OPENED] = (struct stack_ref){ recording, total->opened_stack };
	leak->stacks[STACK_CLOSED] = (struct stack_ref){ recording, total->closed_stack };
}

static void judge_total(const struct recording *recording, const struct recorded_total *total,
			const struct judge_options *options, struct leaks *leaks)
{
	struct row_decision decision = { .decision = total->decision };
	struct leak leak = { .total = total };

	if (total_is_closed_at_exit(recording, total, options)) {
		leak.class = class_of(&decision, &leak.deciding);
		leak.reason = REASON_CLOSED_AT_EXIT;
		leak.verdict = VERDICT_LEAK;
		leak.count = count_held(total, options->min_held_ns);
	} else if (total->decision == DECIDED_EOF) {
		leak.class = CLASS_LATE_CLOSE;
		leak.deciding = STACK_EOF;
		leak.verdict = VERDICT_WARNING;
		leak.count = count_held(total, options->late_ns);
	}
	if (leak.count == 0)
		return;
	take_total_stacks(&leak, recording);
	add_leak(leaks, &leak);
}

static void judge_totals(const struct process *process, const struct judge_options *options,
			 struct leaks *leaks)
{
	const struct recording *recording = process->recording;
	size_t i;

	for (i = 0; i < recording->total_count; i++)
		judge_total(recording, &recording->totals[i], options, leaks);
}

struct leaks *classify(const struct recordings *recordings, const struct sockets *sockets,
		       const struct judge_options *options)
{
	struct leaks *leaks = allocate_zeroed(1, sizeof(*leaks));
	size_t i;

	for (i = 0; i < sockets->count; i++) {
		struct leak leak = { .life = sockets->lives[i], .count = 1 };

		if (judge_life(sockets->lives[i], options, &leak))
			add_leak(leaks, &leak);
	}
	join_unseen_ends(leaks);
	for (i = 0; i < recordings->count; i++)
		judge_totals(&recordings->list[i], options, leaks);
	return leaks;
}

void leaks_free(struct leaks *leaks)
{
	if (!leaks)
		return;
	free(leaks->list);
	free(leaks);
}
