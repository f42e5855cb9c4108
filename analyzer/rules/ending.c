/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/ending.h"

#include <stdlib.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/rules/total_count.h"

/* Closes that are no further apart than this, up to the end of the process, are its end. */
#define BURST_GAP_NS (100 * NS_PER_MS)

/* A process that goes on for longer after its last listener closed has something else to do. */
#define LISTENER_END_NS (10 * NS_PER_S)

/* Where sockets were closed that had been finished before. */
struct closing_place {
	uint32_t stack;
	uint64_t slow; /* ... for RECORDED_STUCK_NS: these are among the departures */
	uint64_t fast;
	uint64_t *closed_ns; /* the departures, ascending */
	size_t count;
	UT_hash_handle hh;
};

static struct closing_place *place_of(struct ending *ending, uint32_t stack)
{
	struct closing_place *place;

	HASH_FIND(hh, ending->places, &stack, sizeof(stack), place);
	if (place)
		return place;
	place = allocate_zeroed(1, sizeof(*place));
	place->stack = stack;
	HASH_ADD(hh, ending->places, stack, sizeof(place->stack), place);
	return place;
}

static bool is_stuck(const struct recorded_departure *departure)
{
	return departure->flags & DEPARTED_STUCK;
}

static void count_places(struct ending *ending, const struct recording *recording)
{
	size_t i;

	for (i = 0; i < recording->total_count; i++) {
		const struct recorded_total *total = &recording->totals[i];
		struct closing_place *place;
		uint64_t slow;

		if (total->decision == DECIDED_NOT)
			continue;
		place = place_of(ending, total->closed_stack);
		slow = total_count_held(total, RECORDED_STUCK_NS);
		place->slow += slow;
		place->fast += total->count - slow;
	}
	for (i = 0; i < recording->departure_count; i++) {
		const struct recorded_departure *departure = &recording->departures[i];
		struct closing_place *place;

		if (!is_stuck(departure))
			continue;
		place = place_of(ending, departure->closed_stack);
		*(uint64_t *)allocate_next(&place->closed_ns, place->count, sizeof(uint64_t)) =
			departure->closed_ns;
		place->count++;
	}
}

/* The latest time at which a socket is known to have been opened: normal life, until then. */
static uint64_t last_opened_ns(const struct recording *recording)
{
	uint64_t last_ns = 0;
	size_t i;

	for (i = 0; i < recording->socket_count; i++)
		if (recording->sockets[i].opened_ns > last_ns)
			last_ns = recording->sockets[i].opened_ns;
	for (i = 0; i < recording->departure_count; i++)
		if (recording->departures[i].opened_ns > last_ns)
			last_ns = recording->departures[i].opened_ns;
	return last_ns;
}

/* Departures are in the order of their closes, but for those of several threads at once. */
static uint64_t burst_of(const struct process *process, uint64_t opened_ns)
{
	const struct recording *recording = process->recording;
	uint64_t begun_ns = process->end_ns;
	size_t i;

	for (i = recording->departure_count; i > 0; i--) {
		uint64_t closed_ns = recording->departures[i - 1].closed_ns;

		if (closed_ns < opened_ns ||
		    nanoseconds_between(closed_ns, begun_ns) > BURST_GAP_NS)
			break;
		if (closed_ns < begun_ns)
			begun_ns = closed_ns;
	}
	return i == recording->departure_count ? 0 : begun_ns;
}

static uint64_t listener_end_of(const struct process *process, uint64_t opened_ns)
{
	const struct recording *recording = process->recording;
	uint64_t closed_ns = 0;
	size_t i;

	for (i = 0; i < recording->socket_count; i++)
		if (recording->sockets[i].life & LIFE_OPEN &&
		    recording->sockets[i].role == ROLE_LISTENER)
			return 0;
	for (i = 0; i < recording->departure_count; i++)
		if (recording->departures[i].flags & DEPARTED_LISTENER &&
		    recording->departures[i].closed_ns > closed_ns)
			closed_ns = recording->departures[i].closed_ns;
	if (closed_ns < opened_ns ||
	    nanoseconds_between(closed_ns, process->end_ns) > LISTENER_END_NS)
		return 0;
	return closed_ns;
}

void ending_find(struct ending *ending, const struct process *process)
{
	const struct recording *recording = process->recording;
	const struct recording_header *header = &recording->header;
	uint64_t opened_ns;

	if (process->state == PROCESS_RUNNING || process->state == PROCESS_EXECED)
		return;
	ending->signalled_ns = header->signalled_ns;
	ending->exiting_ns = header->exiting_ns;
	if (process->state != PROCESS_EXITED || !recording->departure_count)
		return;
	opened_ns = last_opened_ns(recording);
	ending->burst_ns = burst_of(process, opened_ns);
	ending->listener_ns = listener_end_of(process, opened_ns);
	if (ending->burst_ns || ending->listener_ns)
		count_places(ending, recording);
}

void ending_clear(struct ending *ending)
{
	struct closing_place *place, *next;

	HASH_ITER(hh, ending->places, place, next) {
		HASH_DEL(ending->places, place);
		free(place->closed_ns);
		free(place);
	}
	*ending = (struct ending){ 0 };
}

/* Closes at STACK from NS on, of what had been finished for a while. */
static uint64_t closed_from(const struct closing_place *place, uint64_t ns)
{
	size_t low = 0, high = place->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (place->closed_ns[middle] < ns)
			low = middle + 1;
		else
			high = middle;
	}
	return place->count - low;
}

/*
 * Does STACK close finished sockets in normal life, before BEGUN_NS, too? Few of those that are
 * closed at once after they are finished are so in the burst by chance.
 */
static bool is_usual(const struct ending *ending, uint32_t stack, uint64_t begun_ns)
{
	struct closing_place *place;
	uint64_t at_end;

	HASH_FIND(hh, ending->places, &stack, sizeof(stack), place);
	if (!place)
		return false;
	at_end = closed_from(place, begun_ns);
	return place->slow > at_end || place->fast > at_end;
}

static uint64_t earliest(uint64_t a, uint64_t b)
{
	return a && b ? (a < b ? a : b) : a ? a : b;
}

bool ending_is_between(const struct ending *ending, uint64_t finished_ns, uint64_t closed_ns,
		       uint32_t closed_stack, uint64_t min_held_ns)
{
	uint64_t sure_ns = earliest(ending->signalled_ns, ending->exiting_ns);
	const uint64_t begun_ns[] = { sure_ns, ending->burst_ns, ending->listener_ns };
	size_t i;

	for (i = 0; i < sizeof(begun_ns) / sizeof(begun_ns[0]); i++) {
		bool is_sure = begun_ns[i] == sure_ns;

		/* What comes after the end has begun is a part of it. */
		if (!begun_ns[i] || (sure_ns && begun_ns[i] > sure_ns))
			continue;
		if (begun_ns[i] > closed_ns || begun_ns[i] < finished_ns + min_held_ns)
			continue;
		if (is_sure || !is_usual(ending, closed_stack, begun_ns[i]))
			return true;
	}
	return false;
}
