/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/closes.h"

#include <stdlib.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"

struct close_group {
	/* Without padding, since it is compared by its bytes. */
	struct close_key {
		const struct recording *recording;
		uint32_t opened, decided, closed, decision;
	} key;
	struct closes_known known;
	UT_hash_handle hh;
};

struct closes {
	struct close_group *groups;
};

static struct close_key key_of(const struct recording *recording,
			       const struct recorded_departure *departure)
{
	return (struct close_key){ recording, departure->opened_stack, departure->decided_stack,
				   departure->closed_stack, departure->decision };
}

static struct close_group *group_of(struct closes *closes, struct close_key key)
{
	struct close_group *group;

	HASH_FIND(hh, closes->groups, &key, sizeof(key), group);
	if (group)
		return group;
	group = allocate_zeroed(1, sizeof(*group));
	group->key = key;
	HASH_ADD(hh, closes->groups, key, sizeof(group->key), group);
	return group;
}

static uint64_t held_ns(const struct recorded_departure *departure)
{
	return nanoseconds_between(departure->decided_ns, departure->closed_ns);
}

static void count_slow(struct closes *closes, const struct recording *recording,
		       uint64_t min_held_ns)
{
	size_t i;

	for (i = 0; i < recording->departure_count; i++) {
		const struct recorded_departure *departure = &recording->departures[i];

		if (departure->decision != DECIDED_NOT && held_ns(departure) >= min_held_ns)
			group_of(closes, key_of(recording, departure))->known.slow++;
	}
}

/*
 * A sample decided over it, and the process has closed it since without having learned anything.
 * Where it was closed is known, or guessed.
 */
static void count_by_sample(struct closes *closes, const struct leak *leak)
{
	struct close_key key = { leak->process->recording, leak->stacks[STACK_OPENED].id, 0,
				 leak->stacks[STACK_CLOSED].id, DECIDED_NOT };

	group_of(closes, key)->known.at_exit++;
}

static void count_judged(struct closes *closes, const struct leak *leak, uint64_t late_ns)
{
	const struct recorded_departure *departure = leak->departing->departure;
	struct close_group *group =
		group_of(closes, key_of(leak->departing->process->recording, departure));

	group->known.at_exit += leak->reason == REASON_CLOSED_AT_EXIT;
	group->known.late += held_ns(departure) >= late_ns;
	group->known.spun += departure->eof_reads >= SPINNING_READS;
}

struct closes *closes_count(const struct recordings *recordings, const struct leaks *leaks,
			    const struct judge_options *options)
{
	struct closes *closes = allocate_zeroed(1, sizeof(*closes));
	size_t i;

	for (i = 0; i < recordings->count; i++)
		count_slow(closes, recordings->list[i].recording, options->min_held_ns);
	for (i = 0; i < leaks->count; i++) {
		const struct leak *leak = &leaks->list[i];

		if (leak->reason != REASON_CLOSED_AT_EXIT && leak->reason != REASON_SPINNING)
			continue;
		if (leak->departing)
			count_judged(closes, leak, options->late_ns);
		else if (leak->sighting &&
			 leak->stacks[STACK_OPENED].recording == leak->process->recording)
			count_by_sample(closes, leak);
	}
	return closes;
}

void closes_free(struct closes *closes)
{
	struct close_group *group, *next;

	if (!closes)
		return;
	HASH_ITER(hh, closes->groups, group, next) {
		HASH_DEL(closes->groups, group);
		free(group);
	}
	free(closes);
}

struct closes_known closes_of(const struct closes *closes, const struct recording *recording,
			      const struct recorded_total *total)
{
	const struct close_key key = { recording, total->opened_stack, total->decided_stack,
				       total->closed_stack, total->decision };
	struct close_group *group;

	HASH_FIND(hh, closes->groups, &key, sizeof(key), group);
	return group ? group->known : (struct closes_known){ 0 };
}
