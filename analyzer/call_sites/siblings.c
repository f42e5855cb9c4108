/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/siblings.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/number_map.h"
#include "analyzer/rules/finisher.h"

struct sibling_groups {
	struct siblings *list;
	struct backtraces *backtraces;
};

static struct siblings *group_at(struct sibling_groups *groups, uint64_t decision,
				 const struct recording *recording, uint32_t stack)
{
	struct siblings_key key;
	struct siblings *group;

	memset(&key, 0, sizeof(key));
	key.decision = decision;
	key.stack = backtraces_intern(groups->backtraces, recording, stack);
	if (!key.stack)
		return NULL;
	HASH_FIND(hh, groups->list, &key, sizeof(key), group);
	if (group)
		return group;
	group = allocate_zeroed(1, sizeof(*group));
	group->key = key;
	HASH_ADD(hh, groups->list, key, sizeof(group->key), group);
	return group;
}

static struct closing *closing_at(struct siblings *group, struct backtrace *closed)
{
	struct closing *closing;
	size_t i;

	for (i = 0; i < group->closing_count; i++)
		if (group->closings[i].closed == closed)
			return &group->closings[i];
	closing = allocate_next(&group->closings, group->closing_count, sizeof(*closing));
	closing->closed = closed;
	group->closing_count++;
	return closing;
}

/* CLOSED of the sockets of TOTAL are an example to follow; the end of the program closed others. */
static void add_total(struct sibling_groups *groups, struct siblings *group,
		      const struct recording *recording, const struct recorded_total *total,
		      uint64_t closed)
{
	struct backtrace *stack;

	if (!group)
		return;
	group->count += total->count;
	group->closed += closed;
	if (!closed)
		return;
	stack = backtraces_intern(groups->backtraces, recording, total->closed_stack);
	/* What the end of the program closed was held for longest. */
	held_times_add_total(&closing_at(group, stack)->held, total, closed);
}

static void add_totals(struct sibling_groups *groups, const struct process *process,
		       const struct leaks *leaks, const struct judge_options *options)
{
	const struct recording *recording = process->recording;
	size_t i;

	for (i = 0; i < recording->total_count; i++) {
		const struct recorded_total *total = &recording->totals[i];
		uint64_t closed =
			total->count - judge_total_at_exit(leaks, process, total, options);

		if (total->decision != DECIDED_NOT)
			add_total(
				groups,
				group_at(groups, total->decision, recording, total->decided_stack),
				recording, total, closed);
		/* A child that has opened nothing closes what its parent counts. */
		if (recording->header.opened)
			add_total(groups,
				  group_at(groups, DECIDED_NOT, recording, total->opened_stack),
				  recording, total, closed);
	}
}

static uint32_t stack_of_decision(const struct recorded_socket *row, uint64_t decision)
{
	switch (decision) {
	case DECIDED_EOF:
		return row->eof_stack;
	case DECIDED_ERROR:
		return row->error_stack;
	case DECIDED_SHUTDOWN:
		return row->shutdown_stack;
	case DECIDED_CONNECT:
		return row->connect_stack;
	default:
		return 0;
	}
}

/* It was decided before the process was born. */
static bool is_inherited(const struct holding *holding, const struct decision *decision)
{
	return decision->kind == DECIDED_EOF ||
	       (holding->row->source == SOURCE_FORK &&
		decision->ns < holding->process->recording->header.start_ns);
}

/* A process' sockets have few stacks: KNOWN are the groups of these. */
static void count_at(struct sibling_groups *groups, struct number_map *known, uint64_t decision,
		     const struct holding *holding, uint32_t stack)
{
	void **group;

	if (!stack)
		return;
	group = number_map_at(known, decision << 32 | stack);
	if (!*group)
		*group = group_at(groups, decision, holding->process->recording, stack);
	if (*group)
		((struct siblings *)*group)->count++;
}

static void add_open_row(struct sibling_groups *groups, struct number_map *known,
			 const struct holding *holding)
{
	const struct recorded_socket *row = holding->row;
	struct decision decision = decide(row);
	bool read_eof = holding_read_eof(holding);
	uint64_t kind = read_eof ? DECIDED_EOF : decision.kind;

	if (row->source == SOURCE_SOCKET || row->source == SOURCE_ACCEPT)
		count_at(groups, known, DECIDED_NOT, holding, row->opened_stack);
	if (kind != DECIDED_NOT && (read_eof || !is_inherited(holding, &decision)))
		count_at(groups, known, kind, holding, stack_of_decision(row, kind));
}

static int by_count(const void *left, const void *right)
{
	const struct closing *a = left, *b = right;

	return a->held.count < b->held.count ? 1 : a->held.count > b->held.count ? -1 : 0;
}

struct sibling_groups *siblings_find(const struct recordings *recordings,
				     const struct sockets *sockets, const struct leaks *leaks,
				     const struct judge_options *options,
				     struct backtraces *backtraces)
{
	struct sibling_groups *groups = allocate_zeroed(1, sizeof(*groups));
	struct number_map known = { 0 };
	struct siblings *group;
	size_t i;

	groups->backtraces = backtraces;
	for (i = 0; i < recordings->count; i++)
		add_totals(groups, &recordings->list[i], leaks, options);
	for (i = 0; i < sockets->holding_count; i++) {
		const struct holding *holding = &sockets->holdings[i];

		if (i && holding->process != holding[-1].process)
			number_map_clear(&known);
		add_open_row(groups, &known, holding);
	}
	number_map_clear(&known);
	for (group = groups->list; group; group = group->hh.next)
		if (group->closing_count)
			qsort(group->closings, group->closing_count, sizeof(*group->closings),
			      by_count);
	return groups;
}

void siblings_free(struct sibling_groups *groups)
{
	struct siblings *group, *next;

	if (!groups)
		return;
	HASH_ITER(hh, groups->list, group, next) {
		HASH_DEL(groups->list, group);
		free(group->closings);
		free(group);
	}
	free(groups);
}

/*
 * What a leak's siblings share is the stack at which it was decided: the deciding one, or where
 * that shows something else (a duplication, a fork), the first that is known of EOF, error, ...
 * Where there is none, the opened stack.
 */
struct siblings *siblings_of(struct sibling_groups *groups, const struct leak *leak,
			     struct backtraces *backtraces)
{
	static const struct {
		enum stack_kind stack;
		enum recorded_decision decision;
	} kinds[] = {
		{ STACK_EOF, DECIDED_EOF },           { STACK_ERROR, DECIDED_ERROR },
		{ STACK_SHUTDOWN, DECIDED_SHUTDOWN }, { STACK_CONNECT, DECIDED_CONNECT },
		{ STACK_OPENED, DECIDED_NOT },
	};
	struct siblings_key key = { 0 };
	struct siblings *group;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct stack_ref *ref = &leak->stacks[kinds[i].stack];

		if (!ref->recording || (key.stack && leak->deciding != kinds[i].stack) ||
		    (key.stack && kinds[i].stack == STACK_OPENED))
			continue;
		key.decision = kinds[i].decision;
		key.stack = backtraces_intern(backtraces, ref->recording, ref->id);
	}
	HASH_FIND(hh, groups->list, &key, sizeof(key), group);
	return group;
}
