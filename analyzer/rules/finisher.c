/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/finisher.h"

#include "analyzer/base/clock.h"
#include "analyzer/recordings/process_relations.h"
#include "analyzer/rules/births.h"
#include "analyzer/rules/origin.h"

bool holding_read_eof(const struct holding *holding)
{
	const struct recorded_socket *row = holding->row;

	return row->eof_ns && (row->source != SOURCE_FORK ||
			       row->eof_ns >= holding->process->recording->header.start_ns);
}

static bool same_process(const struct process *a, const struct process *b)
{
	return a && b && a->recording->header.pid == b->recording->header.pid;
}

static struct stack_ref stack_in(const struct process *process, uint32_t id)
{
	return (struct stack_ref){ id ? process->recording : NULL, id };
}

static struct finisher by_departure(const struct departing *departing, const struct holding *holder)
{
	const struct recorded_departure *departure = departing->departure;
	const struct recording_header *header = &departing->process->recording->header;

	return (struct finisher){
		.process = departing->process,
		.departing = departing,
		.finished_ns = departure->closed_ns,
		.read_eof = departure->eof_ns && (departure->source != SOURCE_FORK ||
						  departure->eof_ns >= header->start_ns),
		.gave = origin_gave(departing->process, departure->source, holder->process),
		.eof = stack_in(departing->process, departure->eof_stack),
		.closed = stack_in(departing->process, departure->closed_stack),
	};
}

static struct finisher by_holding(const struct holding *holding, const struct holding *holder)
{
	return (struct finisher){
		.process = holding->process,
		.holding = holding,
		.finished_ns = holding->process->end_ns,
		.read_eof = true,
		.gave = origin_gave(holding->process, holding->row->source, holder->process),
		.eof = stack_in(holding->process, holding->row->eof_stack),
	};
}

/* Is A better evidence than B, which was found before? */
static bool says_more(const struct finisher *a, const struct finisher *b)
{
	if (!b->process || a->read_eof != b->read_eof)
		return !b->process || a->read_eof;
	if (a->gave != b->gave)
		return a->gave;
	if (!a->departing != !b->departing)
		return a->departing;
	return a->finished_ns < b->finished_ns;
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
		exec = stack_in(predecessor, predecessor->recording->header.end_stack);
	/* The program that read the EOF and then exec'd is to blame itself, not its parent. */
	if (exec.recording && same_process(finisher->process, holder->process))
		return exec;
	return birth.recording ? birth : exec;
}

/* By the fork, or by the exec that followed. */
static bool inherited_from(const struct finisher *finisher, const struct holding *holder)
{
	uint8_t source = finisher->holding ? finisher->holding->row->source
					   : finisher->departing->departure->source;

	return (source == SOURCE_FORK || source == SOURCE_EXEC) &&
	       process_descends_from(finisher->process, holder->process);
}

struct finisher finisher_find(const struct socket_life *life, const struct holding *holder,
			      bool givers_only)
{
	struct finisher best = { 0 }, next;
	size_t i;

	for (i = 0; i < life->departure_count; i++) {
		next = by_departure(&life->departures[i], holder);
		if (next.process != holder->process && (next.gave || !givers_only) &&
		    says_more(&next, &best))
			best = next;
	}
	for (i = 0; i < life->holding_count; i++) {
		const struct holding *holding = &life->holdings[i];

		if (holding->process == holder->process || !holding_read_eof(holding) ||
		    holding->process->state == PROCESS_RUNNING || !holding->process->end_known)
			continue;
		next = by_holding(holding, holder);
		if ((next.gave || !givers_only) && says_more(&next, &best))
			best = next;
	}
	if (!best.process)
		return best;
	best.descends = inherited_from(&best, holder);
	if (holder->row->source == SOURCE_EXEC && !best.descends)
		best.execed = exec_stack_of(holder, &best);
	else if (best.descends)
		best.forked = birth_of(best.process);
	else if (holder->row->source == SOURCE_FORK)
		best.forked = birth_of(holder->process);
	return best;
}

/* Whoever ends because its parent was killed does so within this, as far as that is known. */
#define FOLLOWS_NS (500 * NS_PER_MS)

/* Every socket that the process has or had was its parent's: it serves nobody. */
static bool has_only_inherited(const struct process *process)
{
	const struct recording *recording = process->recording;
	size_t i;

	for (i = 0; i < recording->socket_count; i++)
		if (recording->sockets[i].life & LIFE_OPEN &&
		    recording->sockets[i].source != SOURCE_FORK)
			return false;
	for (i = 0; i < recording->departure_count; i++)
		if (recording->departures[i].source != SOURCE_FORK)
			return false;
	return true;
}

/*
 * When a process was killed is known only from when that was seen: the child may have ended because
 * of it. Else it had a task that took as long, and nothing to do with the parent's end.
 */
static bool outlived_by_killed(const struct process *child, const struct process *parent,
			       uint64_t *later_ns)
{
	if (!parent->end_known)
		return false;
	if (child->end_ns > parent->end_ns) {
		*later_ns = UINT64_MAX;
		return child->end_ns - parent->end_ns >= FOLLOWS_NS && has_only_inherited(child);
	}
	*later_ns = parent->end_ns - child->end_ns;
	return *later_ns >= FOLLOWS_NS;
}

bool holds_for_a_task(const struct holding *holder, const struct finisher *finisher,
		      uint64_t *later_ns)
{
	const struct process *child = holder->process, *parent = finisher->process;

	if (holder->row->source != SOURCE_FORK || !process_ended_itself(child) ||
	    child->parent != parent)
		return false;
	if (parent->state == PROCESS_KILLED)
		return outlived_by_killed(child, parent, later_ns);
	*later_ns = parent->state == PROCESS_RUNNING
			    ? UINT64_MAX
			    : nanoseconds_between(child->end_ns, parent->end_ns);
	return true;
}
