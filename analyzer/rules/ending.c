/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/ending.h"

#include <stdlib.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/sorted_numbers.h"
#include "analyzer/rules/places.h"
#include "analyzer/rules/total_count.h"
#include "analyzer/rules/work_times.h"

/*
 * Closes that are no further apart than this, up to the end of the process, are its end; nor than a
 * fraction of the time for which the socket had been finished: an interpreter takes a while to end.
 */
#define BURST_GAP_NS     (100 * NS_PER_MS)
#define BURST_GAP_PART   8
#define BURST_GAP_MAX_NS NS_PER_S

/* A process that goes on for longer after its last listener closed has something else to do. */
#define LISTENER_END_NS (10 * NS_PER_S)

/* An end that takes longer is a time in which the program still does its work. */
#define BRIEF_END_NS NS_PER_S

/* So long a core dump takes, and what a handler of a crash does. */
#define CRASH_ENDS_NS (10 * NS_PER_S)

/* So long a program lets connections linger between their shutdown() and their close. */
#define LINGER_NS (300 * NS_PER_MS)

/* No program works on more finished connections at a time: asking for each takes a while. */
#define AT_WORK_MAX 4096u

/* No stall makes a close so slow at a place where all others are fast. */
#define STALLED_NS NS_PER_S

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

static uint64_t burst_gap_ns(const struct recorded_departure *departure)
{
	uint64_t held_ns =
		departure->decision == DECIDED_NOT
			? 0
			: nanoseconds_between(departure->decided_ns, departure->closed_ns);
	uint64_t gap_ns = held_ns / BURST_GAP_PART;

	if (gap_ns < BURST_GAP_NS)
		return BURST_GAP_NS;
	return gap_ns < BURST_GAP_MAX_NS ? gap_ns : BURST_GAP_MAX_NS;
}

/*
 * The first of the closes that go on until UNTIL_NS; UNTIL_NS where there are none. Departures are
 * in the order of their closes, but for those of several threads at once.
 */
static uint64_t burst_until(const struct recording *recording, uint64_t until_ns,
			    uint64_t opened_ns)
{
	uint64_t begun_ns = until_ns;
	size_t i;

	for (i = recording->departure_count; i > 0; i--) {
		const struct recorded_departure *departure = &recording->departures[i - 1];
		uint64_t closed_ns = departure->closed_ns;

		if (closed_ns > until_ns)
			continue;
		if (closed_ns < opened_ns ||
		    nanoseconds_between(closed_ns, begun_ns) > burst_gap_ns(departure))
			break;
		if (closed_ns < begun_ns)
			begun_ns = closed_ns;
	}
	return begun_ns;
}

/* From its last close on the process may have done nothing but end, however long that took. */
static uint64_t burst_of(const struct process *process, uint64_t opened_ns)
{
	uint64_t wound_up_ns = process->recording->header.wound_up_ns;
	uint64_t end_ns = process->own_signal_ns ? process->own_signal_ns : process->end_ns;
	uint64_t until_ns = wound_up_ns && wound_up_ns < end_ns ? wound_up_ns : end_ns;
	uint64_t begun_ns = burst_until(process->recording, until_ns, opened_ns);

	return begun_ns < end_ns && begun_ns >= opened_ns ? begun_ns : 0;
}

/*
 * Went the life of the process on after something was finished that was closed from NS on? A
 * client that is finished with its only connection, works with what it got, and ends, has not.
 */
static bool went_on(const struct recording *recording, uint64_t ns, uint64_t opened_ns)
{
	size_t i;

	for (i = recording->departure_count; i > 0; i--) {
		const struct recorded_departure *departure = &recording->departures[i - 1];

		if (departure->closed_ns >= ns && departure->decision != DECIDED_NOT &&
		    departure->decided_ns < opened_ns)
			return true;
	}
	return false;
}

/* The closes right before that of the last listener belong to it. */
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
	return burst_until(recording, closed_ns, opened_ns);
}

static uint64_t earliest(uint64_t a, uint64_t b)
{
	return a && b ? (a < b ? a : b) : a ? a : b;
}

/* When a handler of a crash began to close; 0: none did, or the process has survived that. */
static uint64_t crashed_ns(const struct process *process, uint64_t opened_ns)
{
	uint64_t ns = process->recording->header.crashed_ns;

	if (ns < opened_ns || nanoseconds_between(ns, process->end_ns) > CRASH_ENDS_NS)
		return 0;
	return ns;
}

void ending_find(struct ending *ending, const struct process *process)
{
	const struct recording *recording = process->recording;
	const struct recording_header *header = &recording->header;
	uint64_t opened_ns;

	ending->recording = recording;
	ending->lives = places_of(process);
	ending->work = work_times_of(recording);
	ending->opened_ns = opened_ns = last_opened_ns(recording);
	if (process->state == PROCESS_RUNNING)
		return;
	/* SIGHUP, say: it asked for something else. */
	if (header->signalled_ns && opened_ns <= header->signalled_ns + BRIEF_END_NS)
		ending->signalled_ns = header->signalled_ns;
	ending->exiting_ns = header->exiting_ns;
	/* What a handler of SIGABRT closes comes after abort(). */
	if (!ending->exiting_ns && process->own_signal_ns >= opened_ns)
		ending->exiting_ns = process->own_signal_ns;
	ending->exiting_ns = earliest(ending->exiting_ns, crashed_ns(process, opened_ns));
	/* exec ends what the image did: what it closes right before, it closes at its end. */
	if ((!process_ended_itself(process) && process->state != PROCESS_EXECED) ||
	    !recording->departure_count)
		return;
	ending->burst_ns = burst_of(process, opened_ns);
	ending->burst_ends_life =
		ending->burst_ns && went_on(recording, ending->burst_ns, opened_ns);
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
	places_free(ending->lives);
	work_times_free(ending->work);
	*ending = (struct ending){ 0 };
}

/* Closes at STACK from NS on, of what had been finished for a while. */
static uint64_t closed_from(const struct closing_place *place, uint64_t ns)
{
	return sorted_numbers_from(place->closed_ns, place->count, ns);
}

/*
 * Does STACK close finished sockets in normal life, before BEGUN_NS, too? Few of those that are
 * closed at once after they are finished are so in the burst by chance, and none after HELD_NS
 * that are long.
 */
static bool is_usual(const struct ending *ending, uint32_t stack, uint64_t begun_ns,
		     uint64_t held_ns)
{
	struct closing_place *place;
	uint64_t at_end;

	HASH_FIND(hh, ending->places, &stack, sizeof(stack), place);
	if (!place)
		return false;
	at_end = closed_from(place, begun_ns);
	return held_ns < STALLED_NS && (place->slow > at_end || place->fast > at_end);
}

/* What took as long as SOCKET: the longest of all is not longer than others by much. */
static uint64_t long_work_ns(const struct ended_socket *socket)
{
	return nanoseconds_between(socket->finished_ns, socket->closed_ns) / 4 * 3;
}

/*
 * Does the program take that long in normal life, too? Work between the end of a stream and the
 * close is under way when the end begins: of as many at most as were closed so late before.
 */
static bool is_work(const struct ending *ending, const struct ended_socket *socket,
		    uint64_t begun_ns)
{
	struct work work;

	if (!socket->decided_stack)
		return false;
	work = work_times_count(ending->work, socket->decided_stack, long_work_ns(socket),
				begun_ns);
	return work.before > 0 && work.before >= work.since;
}

bool ending_finds_work(const struct ending *ending, const struct ended_socket *socket)
{
	return ending && ending->recording && is_work(ending, socket, ending->opened_ns);
}

bool ending_finds_work_on_open(const struct ending *ending, const struct ended_socket *socket)
{
	uint64_t long_ns = long_work_ns(socket);
	struct place place;
	struct work work;
	size_t open;

	if (!ending || !ending->recording || !ending->recording->departure_count ||
	    !socket->decided_stack)
		return false;
	place = places_find(ending->lives, PLACE_FINISHED, socket->decided_stack);
	open = place_open_until(&place, nanoseconds_between(long_ns, socket->closed_ns));
	if (open > ending->recording->departure_count || open > AT_WORK_MAX)
		return false;
	work = work_times_count(ending->work, socket->decided_stack, long_ns, ending->opened_ns);
	return work.before > 0 && work.before >= work.since + open;
}

uint64_t ending_begun_ns(const struct ending *ending, uint64_t end_ns)
{
	uint64_t sure_ns = ending ? earliest(ending->signalled_ns, ending->exiting_ns) : 0;

	if (!sure_ns || sure_ns > end_ns || end_ns - sure_ns > BRIEF_END_NS)
		return end_ns;
	return sure_ns;
}

bool ending_is_between(const struct ending *ending, const struct ended_socket *socket,
		       uint64_t min_held_ns)
{
	uint64_t sure_ns = earliest(ending->signalled_ns, ending->exiting_ns);
	const uint64_t begun_ns[] = { sure_ns, ending->burst_ns, ending->listener_ns };
	uint64_t held_ns = nanoseconds_between(socket->finished_ns, socket->closed_ns);
	size_t i;

	for (i = 0; i < sizeof(begun_ns) / sizeof(begun_ns[0]); i++) {
		bool is_sure = begun_ns[i] == sure_ns;

		/* What comes after the end has begun is a part of it. */
		if (!begun_ns[i] || (sure_ns && begun_ns[i] > sure_ns))
			continue;
		if (begun_ns[i] > socket->closed_ns ||
		    begun_ns[i] < socket->finished_ns + min_held_ns)
			continue;
		if (is_work(ending, socket, begun_ns[i]))
			continue;
		if (is_sure)
			return true;
		if (socket->shut_down && begun_ns[i] < socket->finished_ns + LINGER_NS)
			continue;
		if (begun_ns[i] == ending->burst_ns && !ending->burst_ends_life &&
		    held_ns < socket->client_works_ns)
			continue;
		if (!is_usual(ending, socket->closed_stack, begun_ns[i], held_ns))
			return true;
	}
	return false;
}
