/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/places.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/number_map.h"
#include "analyzer/base/sorted_numbers.h"

#define USUALLY_CLOSED 10u

struct place_entry {
	uint64_t closed;
	uint64_t *open_ns;
	size_t open_count;
};

struct places {
	const struct process *process;
	bool counted;                           /* those of PROCESS are among the entries */
	struct number_map entries[PLACE_KINDS]; /* by stack */
};

static struct place_entry *entry_of(struct places *places, enum place_kind kind, uint32_t stack)
{
	void **entry;

	/* No place is asked for by it. */
	if (stack == 0)
		return NULL;
	entry = number_map_at(&places->entries[kind], stack);
	if (!*entry)
		*entry = allocate_zeroed(1, sizeof(struct place_entry));
	return *entry;
}

static void add_open(struct places *places, enum place_kind kind, uint32_t stack, uint64_t ns)
{
	struct place_entry *entry = entry_of(places, kind, stack);

	if (!entry)
		return;
	*(uint64_t *)allocate_next(&entry->open_ns, entry->open_count, sizeof(ns)) = ns;
	entry->open_count++;
}

static void add_closed(struct places *places, enum place_kind kind, uint32_t stack, uint64_t count)
{
	struct place_entry *entry = entry_of(places, kind, stack);

	if (entry)
		entry->closed += count;
}

static int by_time(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

struct decision place_decision(const struct recorded_socket *row, const struct process *process)
{
	return process->state == PROCESS_RUNNING ? decide(row)
						 : decide_at_close(row, process->end_ns);
}

static void sort_open(struct place_entry *entry)
{
	if (entry->open_count)
		qsort(entry->open_ns, entry->open_count, sizeof(uint64_t), by_time);
}

static void free_entry(struct place_entry *entry)
{
	free(entry->open_ns);
	free(entry);
}

static void each_entry(struct places *places, void (*visit)(struct place_entry *entry))
{
	size_t kind, i;

	for (kind = 0; kind < PLACE_KINDS; kind++)
		for (i = 0; i < places->entries[kind].room; i++)
			if (places->entries[kind].slots[i].value)
				visit(places->entries[kind].slots[i].value);
}

static void count(struct places *places)
{
	const struct recording *recording = places->process->recording;
	size_t i;

	places->counted = true;
	for (i = 0; i < recording->socket_count; i++) {
		const struct recorded_socket *row = &recording->sockets[i];
		struct decision decision;

		if (!(row->life & LIFE_OPEN))
			continue;
		decision = place_decision(row, places->process);
		if (decision.kind != DECIDED_NOT)
			add_open(places, PLACE_FINISHED, decision.stack, decision.ns);
		add_open(places, PLACE_OPENED, row->opened_stack, row->opened_ns);
	}
	for (i = 0; i < recording->total_count; i++) {
		const struct recorded_total *total = &recording->totals[i];

		if (total->decision != DECIDED_NOT)
			add_closed(places, PLACE_FINISHED, total->decided_stack, total->count);
		add_closed(places, PLACE_OPENED, total->opened_stack, total->count);
	}
	each_entry(places, sort_open);
}

struct places *places_of(const struct process *process)
{
	struct places *places = allocate_zeroed(1, sizeof(*places));

	places->process = process;
	return places;
}

void places_free(struct places *places)
{
	size_t kind;

	if (!places)
		return;
	each_entry(places, free_entry);
	for (kind = 0; kind < PLACE_KINDS; kind++)
		number_map_clear(&places->entries[kind]);
	free(places);
}

struct place places_find(struct places *places, enum place_kind kind, uint32_t stack)
{
	const struct place_entry *entry;

	if (!places || !stack)
		return (struct place){ 0 };
	/* Few programs have a socket about which it must be known. */
	if (!places->counted)
		count(places);
	entry = number_map_find(&places->entries[kind], stack);
	if (!entry)
		return (struct place){ 0 };
	return (struct place){ .closed = entry->closed,
			       .open_ns = entry->open_ns,
			       .open_count = entry->open_count };
}

bool place_usually_closes(const struct place *place)
{
	return place->closed && place->closed / USUALLY_CLOSED >= place->open_count;
}

size_t place_open_until(const struct place *place, uint64_t ns)
{
	return sorted_numbers_until(place->open_ns, place->open_count, ns);
}
