/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/call_sites.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/rules/finisher.h"

static struct decision_site *decision_site_at(struct call_sites *sites, uint64_t decision,
					      struct backtrace *decided)
{
	struct decision_site_key key = { .decision = decision, .decided = decided };
	struct decision_site *site;

	if (!decided)
		return NULL;
	HASH_FIND(hh, sites->decisions, &key, sizeof(key), site);
	if (site)
		return site;
	site = allocate_zeroed(1, sizeof(*site));
	site->key = key;
	HASH_ADD(hh, sites->decisions, key, sizeof(site->key), site);
	return site;
}

static struct closing *closing_at(struct decision_site *site, struct backtrace *closed)
{
	struct closing *closing;
	size_t i;

	for (i = 0; i < site->closing_count; i++)
		if (site->closings[i].closed == closed)
			return &site->closings[i];
	closing = allocate_next(&site->closings, site->closing_count, sizeof(*closing));
	closing->closed = closed;
	site->closing_count++;
	return closing;
}

static void add_totals(struct call_sites *sites, const struct process *process,
		       const struct leaks *leaks, const struct judge_options *options,
		       struct backtraces *backtraces)
{
	const struct recording *recording = process->recording;
	uint64_t closed;
	size_t i, bucket;

	for (i = 0; i < recording->total_count; i++) {
		const struct recorded_total *total = &recording->totals[i];
		struct decision_site *site;
		struct closing *closing;

		site = decision_site_at(
			sites, total->decision,
			backtraces_intern(backtraces, recording, total->decided_stack));
		if (!site)
			continue;
		site->decided_here += total->count;
		/* No example to follow: these are leaks themselves. */
		closed = total->count - judge_total_at_exit(leaks, process, total, options);
		if (!closed)
			continue;
		closing = closing_at(site,
				     backtraces_intern(backtraces, recording, total->closed_stack));
		site->closed_here += closed;
		closing->count += closed;
		/* What the end of the program closed was held for longest. */
		for (bucket = 0; bucket < HELD_BUCKETS && closed; bucket++) {
			uint64_t held = total->held[bucket] < closed ? total->held[bucket] : closed;

			closing->held[bucket] += held;
			closed -= held;
		}
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

static void add_open_rows(struct call_sites *sites, const struct socket_life *life,
			  struct backtraces *backtraces)
{
	size_t i;

	for (i = 0; i < life->holding_count; i++) {
		const struct holding *holding = &life->holdings[i];
		struct decision decision = decide(holding->row);
		bool read_eof = holding_read_eof(holding);
		uint64_t kind = read_eof ? DECIDED_EOF : decision.kind;
		struct decision_site *site;

		if (kind == DECIDED_NOT || (!read_eof && is_inherited(holding, &decision)))
			continue;
		site = decision_site_at(sites, kind,
					backtraces_intern(backtraces, holding->process->recording,
							  stack_of_decision(holding->row, kind)));
		if (site)
			site->decided_here++;
	}
}

static int by_count(const void *left, const void *right)
{
	const struct closing *a = left, *b = right;

	return a->count < b->count ? 1 : a->count > b->count ? -1 : 0;
}

/*
 * What a leak's siblings share is the stack at which it was decided: the deciding one, or where
 * that shows something else (a duplication, a fork), the first that is known of EOF, error, ...
 */
static struct decision_site *siblings_of(struct call_sites *sites, const struct leak *leak,
					 struct backtraces *backtraces)
{
	static const struct {
		enum stack_kind stack;
		enum recorded_decision decision;
	} kinds[] = {
		{ STACK_EOF, DECIDED_EOF },
		{ STACK_ERROR, DECIDED_ERROR },
		{ STACK_SHUTDOWN, DECIDED_SHUTDOWN },
		{ STACK_CONNECT, DECIDED_CONNECT },
	};
	struct decision_site_key key = { 0 };
	struct decision_site *site;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct stack_ref *ref = &leak->stacks[kinds[i].stack];

		if (!ref->recording || (key.decided && leak->deciding != kinds[i].stack))
			continue;
		key.decision = kinds[i].decision;
		key.decided = backtraces_intern(backtraces, ref->recording, ref->id);
	}
	HASH_FIND(hh, sites->decisions, &key, sizeof(key), site);
	return site;
}

const char *leak_executable(const struct leak *leak)
{
	/* exec-child: the code that started the holder is not in the holder's executable. */
	if (leak->stacks[leak->deciding].recording)
		return leak->stacks[leak->deciding].recording->header.executable;
	return leak->holder ? leak->holder->process->recording->header.executable : "";
}

static void add_leak(struct call_sites *sites, const struct leak *leak,
		     struct backtraces *backtraces)
{
	const struct stack_ref *decided = &leak->stacks[leak->deciding];
	const struct stack_ref *opened = &leak->stacks[STACK_OPENED];
	struct call_site_key key;
	struct call_site *site;
	const struct leak **next;

	memset(&key, 0, sizeof(key));
	key.class = leak->class;
	key.reason = leak->reason;
	key.verdict = leak->verdict;
	key.deciding = leak->deciding;
	key.decided = backtraces_intern(backtraces, decided->recording, decided->id);
	key.opened = backtraces_intern(backtraces, opened->recording, opened->id);
	key.listener = listeners_ordinal(sites->listeners, leak);
	HASH_FIND(hh, sites->sites, &key, sizeof(key), site);
	if (!site) {
		site = allocate_zeroed(1, sizeof(*site));
		site->key = key;
		site->side = listeners_side(sites->listeners, leak);
		site->siblings = siblings_of(sites, leak, backtraces);
		HASH_ADD(hh, sites->sites, key, sizeof(site->key), site);
	}
	next = allocate_next(&site->leaks, site->leak_count, sizeof(struct leak *));
	*next = leak;
	site->leak_count++;
	site->count += leak->count;
}

struct call_sites *call_sites_group(const struct recordings *recordings,
				    const struct sockets *sockets, const struct leaks *leaks,
				    const struct judge_options *options,
				    struct backtraces *backtraces)
{
	struct call_sites *sites = allocate_zeroed(1, sizeof(*sites));
	struct decision_site *decision;
	size_t i;

	sites->listeners = listeners_find(recordings);
	for (i = 0; i < recordings->count; i++)
		add_totals(sites, &recordings->list[i], leaks, options, backtraces);
	for (i = 0; i < sockets->count; i++)
		add_open_rows(sites, sockets->lives[i], backtraces);
	for (decision = sites->decisions; decision; decision = decision->hh.next)
		if (decision->closing_count)
			qsort(decision->closings, decision->closing_count,
			      sizeof(*decision->closings), by_count);
	for (i = 0; i < leaks->count; i++)
		add_leak(sites, &leaks->list[i], backtraces);
	return sites;
}

void call_sites_free(struct call_sites *sites)
{
	struct decision_site *decision, *next_decision;
	struct call_site *site, *next_site;

	if (!sites)
		return;
	listeners_free(sites->listeners);
	HASH_ITER(hh, sites->sites, site, next_site) {
		HASH_DEL(sites->sites, site);
		free(site->leaks);
		free(site);
	}
	HASH_ITER(hh, sites->decisions, decision, next_decision) {
		HASH_DEL(sites->decisions, decision);
		free(decision->closings);
		free(decision);
	}
	free(sites);
}

double held_median_ms(const uint64_t held[HELD_BUCKETS], uint64_t count)
{
	uint64_t counted = 0, in_buckets = 0;
	unsigned int bucket;

	for (bucket = 0; bucket < HELD_BUCKETS; bucket++)
		in_buckets += held[bucket];
	if (in_buckets < count)
		count = in_buckets;
	if (count == 0)
		return 0;
	for (bucket = 0; bucket < HELD_BUCKETS; bucket++) {
		counted += held[bucket];
		if (counted >= (count + 1) / 2)
			break;
	}
	if (bucket >= HELD_BUCKETS - 1)
		return ns_to_ms(held_bucket_floor(HELD_BUCKETS - 1));
	return ns_to_ms(held_bucket_floor(bucket) + held_bucket_floor(bucket + 1)) / 2;
}
