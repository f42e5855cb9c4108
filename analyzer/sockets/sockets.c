/* SPDX-License-Identifier: MIT */
#include "analyzer/sockets/sockets.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/recordings/observation.h"
#include "analyzer/sockets/socket_mentions.h"

/* Of one socket and one process. Who passes a socket to itself closes it as often. */
#define ALIKE_MAX 4

enum mention_kind {
	MENTION_HOLDING,
	MENTION_DEPARTING,
	MENTION_SIGHTING,
};

static bool departed_from(const struct socket_life *life, const struct process *process)
{
	size_t i;

	for (i = 0; i < life->departure_count; i++)
		if (life->departures[i].process == process)
			return true;
	return false;
}

/* An image that exec replaced does not hold what its successor has. */
static void find_handed_on(struct socket_life *life)
{
	size_t i;

	for (i = 0; i < life->holding_count; i++) {
		const struct process *successor = life->holdings[i].process->successor;

		life->holdings[i].handed_on =
			life->name.cookie && successor &&
			(life_is_held_by(life, successor) || departed_from(life, successor));
	}
}

/* The mentions of one socket, by kind. */
struct parts {
	const struct mention *holdings, *departings, *sightings;
	size_t held, departed, sighted;
};

static struct parts partition(const struct sockets *sockets, const struct mention *mentions,
			      size_t count)
{
	size_t sightings = sockets->holding_count + sockets->departing_count;
	struct parts parts = { .holdings = mentions };
	size_t i = 0;

	while (i < count && mentions[i].place < sockets->holding_count)
		i++;
	parts.held = i;
	parts.departings = &mentions[i];
	while (i < count && mentions[i].place < sightings)
		i++;
	parts.departed = i - parts.held;
	parts.sightings = &mentions[i];
	parts.sighted = count - i;
	return parts;
}

static const struct departing *departing_of(const struct sockets *sockets,
					    const struct mention *mention)
{
	return &sockets->departings[mention->place - sockets->holding_count];
}

static const struct sighting *sighting_of(const struct sockets *sockets,
					  const struct mention *mention)
{
	return &sockets->sightings[mention->place - sockets->holding_count -
				   sockets->departing_count];
}

static const struct process *process_of(const struct sockets *sockets,
					const struct mention *mention)
{
	if (mention->place < sockets->holding_count)
		return sockets->holdings[mention->place].process;
	if (mention->place < sockets->holding_count + sockets->departing_count)
		return departing_of(sockets, mention)->process;
	return sighting_of(sockets, mention)->process;
}

static enum mention_kind kind_of(const struct sockets *sockets, const struct mention *mention)
{
	if (mention->place < sockets->holding_count)
		return MENTION_HOLDING;
	return mention->place < sockets->holding_count + sockets->departing_count
		       ? MENTION_DEPARTING
		       : MENTION_SIGHTING;
}

/* A holding with no other of its socket. */
static struct socket_life *life_of_its_own(struct sockets *sockets, size_t holding)
{
	struct socket_life *life = &sockets->held[holding];

	life->name.boot = sockets->holdings[holding].process->boot;
	life->holdings = &sockets->holdings[holding];
	life->holding_count = 1;
	return life;
}

/* How many mentions from FIRST on are of one socket, one process and one kind. */
static size_t count_alike(const struct sockets *sockets, const struct mentions *mentions,
			  size_t first)
{
	const struct mention *a = &mentions->list[first];
	size_t next;

	for (next = first + 1; next < mentions->count; next++) {
		const struct mention *b = &mentions->list[next];

		if (!mention_same(a, b) || kind_of(sockets, a) != kind_of(sockets, b) ||
		    process_of(sockets, a) != process_of(sockets, b))
			break;
	}
	return next - first;
}

/*
 * Each mention of a socket is held against all others of it, and a file can have a million rows of
 * one. A few of a process are joined: of its closes the last, of its rows the first. Rows that are
 * more are sockets of their own.
 */
static void leave_few_alike(struct sockets *sockets, struct mentions *mentions)
{
	size_t kept = 0, first, alike, i;

	for (first = 0; first < mentions->count; first += alike) {
		const struct mention *run = &mentions->list[first];
		enum mention_kind kind = kind_of(sockets, run);
		size_t few, skipped;

		alike = count_alike(sockets, mentions, first);
		few = alike < ALIKE_MAX ? alike : ALIKE_MAX;
		skipped = kind == MENTION_DEPARTING ? alike - few : 0;
		for (i = few; kind == MENTION_HOLDING && i < alike; i++)
			sockets->lives[run[i].place] = life_of_its_own(sockets, run[i].place);
		memmove(&mentions->list[kept], &run[skipped], few * sizeof(*run));
		kept += few;
	}
	mentions->count = kept;
}

/*
 * Each process counts a socket that it gets as opened: counts in AGAIN, by process, all but the
 * first that had this one.
 */
static void count_again(const struct sockets *sockets, const struct process *processes,
			const struct parts *parts, uint64_t *again)
{
	size_t first = SIZE_MAX, i;

	/* Departures follow holdings. */
	for (i = 0; i < parts->held + parts->departed; i++) {
		size_t process = (size_t)(process_of(sockets, &parts->holdings[i]) - processes);

		again[process]++;
		if (process < first)
			first = process;
	}
	if (i)
		again[first]--;
}

/* The life at the place of MENTION, created if there is none yet. */
static struct socket_life *life_at(struct sockets *sockets, const struct mention *mention)
{
	struct socket_life **life = &sockets->lives[mention->place];

	if (*life)
		return *life;
	*life = mention->place < sockets->holding_count ? &sockets->held[mention->place]
							: allocate_zeroed(1, sizeof(**life));
	(*life)->name = (struct socket_name){ mention->cookie, mention->boot };
	return *life;
}

static bool was_stuck_before_end(const struct sighting *sighting)
{
	const struct observed_socket *socket = sighting->socket;

	return process_ended_itself(sighting->process) && socket->state == KERNEL_CLOSE_WAIT &&
	       socket->opened_stack && !(socket->flags & OBSERVED_GONE);
}

/* It, or a connection in its queue, may not have been closed until the program exited. */
static bool matters_by_itself(const struct departing *departing)
{
	return departing->departure->flags & (DEPARTED_STUCK | DEPARTED_SPUN | DEPARTED_LISTENER);
}

/*
 * Does the kernel show a socket that a process has closed as still there, or as open in another
 * process until its end?
 */
static bool outlives_departure(const struct sockets *sockets, const struct parts *parts)
{
	size_t i;

	for (i = 0; i < parts->sighted; i++)
		if (was_stuck_before_end(sighting_of(sockets, &parts->sightings[i])))
			return true;
	for (i = 0; i < parts->departed; i++)
		if (matters_by_itself(departing_of(sockets, &parts->departings[i])) ||
		    observation_find(process_of(sockets, &parts->departings[i])->observation,
				     parts->departings[i].cookie))
			return true;
	return false;
}

/*
 * Creates the life of the socket of PARTS; none if there are only departures that do not matter by
 * themselves, but to those that still hold it. Most sockets have one holder, whose holding is used
 * in place; several are copied together.
 */
static void join_recorded(struct sockets *sockets, const struct parts *parts)
{
	struct socket_life *life;
	size_t i;

	if (parts->held == 0 && !outlives_departure(sockets, parts))
		return;
	life = life_at(sockets, parts->holdings);
	life->holding_count = parts->held;
	if (parts->held == 1)
		life->holdings = &sockets->holdings[parts->holdings->place];
	else if (parts->held)
		life->holdings = allocate_zeroed(parts->held, sizeof(*life->holdings));
	for (i = 0; parts->held > 1 && i < parts->held; i++)
		life->holdings[i] = sockets->holdings[parts->holdings[i].place];
	life->departure_count = parts->departed;
	if (parts->departed)
		life->departures = allocate_zeroed(parts->departed, sizeof(*life->departures));
	for (i = 0; i < parts->departed; i++)
		life->departures[i] = *departing_of(sockets, &parts->departings[i]);
	find_handed_on(life);
}

static struct socket_life *find_life(const struct sockets *sockets, const struct mentions *mentions,
				     uint64_t cookie, unsigned int boot)
{
	const struct mention *mention = cookie ? mentions_find(mentions, cookie, boot) : NULL;

	return mention ? sockets->lives[mention->place] : NULL;
}

/* Did no call open it that was recorded, not even after the sample? */
static bool is_unrecorded(const struct parts *parts, const struct sighting *sighting)
{
	return sighting->socket->origin != OBSERVED_BY_RECORDING && !parts->held &&
	       !parts->departed;
}

/*
 * Adds what samples showed of a socket. Nothing else knows of a connection that was not accepted
 * yet, of one that was stuck right before the program closed everything at its end, and of one that
 * no recorded call opened.
 */
static void join_sighted(struct sockets *sockets, const struct mentions *mentions,
			 const struct parts *parts)
{
	size_t i;

	for (i = 0; i < parts->sighted; i++) {
		const struct sighting *sighting = sighting_of(sockets, &parts->sightings[i]);
		struct socket_life *life = sockets->lives[parts->holdings->place], *listener;

		listener = find_life(sockets, mentions, sighting->socket->listener,
				     sighting->process->boot);
		if (!life && (sighting->socket->listener || was_stuck_before_end(sighting) ||
			      is_unrecorded(parts, sighting)))
			life = life_at(sockets, parts->holdings);
		if (!life)
			continue;
		if (!life->sightings)
			life->sightings = allocate_zeroed(parts->sighted, sizeof(*life->sightings));
		life->sightings[life->sighting_count++] = *sighting;
		life->listener = listener;
	}
}

static void join(struct sockets *sockets, const struct recordings *recordings,
		 const struct mentions *mentions)
{
	uint64_t *again = allocate_zeroed(recordings->count, sizeof(*again));
	bool sighted = false;
	size_t i, next;

	for (i = 0; i < mentions->count; i = next) {
		struct parts parts;

		for (next = i + 1; next < mentions->count; next++)
			if (!mention_same(&mentions->list[i], &mentions->list[next]))
				break;
		parts = partition(sockets, &mentions->list[i], next - i);
		join_recorded(sockets, &parts);
		count_again(sockets, recordings->list, &parts, again);
		sighted |= parts.sighted > 0;
	}
	/* The life of a listener must exist before those of the connections in its queue. */
	for (i = 0; sighted && i < mentions->count; i = next) {
		struct parts parts;

		for (next = i + 1; next < mentions->count; next++)
			if (!mention_same(&mentions->list[i], &mentions->list[next]))
				break;
		parts = partition(sockets, &mentions->list[i], next - i);
		join_sighted(sockets, mentions, &parts);
	}
	for (i = 0; i < recordings->count; i++) {
		uint64_t counted = recordings->list[i].recording->header.opened;

		sockets->opened += counted > again[i] ? counted - again[i] : 0;
	}
	free(again);
}

/* A holding without a cookie is a socket of its own. Compacts the list of lives from PLACES. */
static void list_lives(struct sockets *sockets, size_t places)
{
	size_t i;

	for (i = 0; i < places; i++) {
		struct socket_life *life = sockets->lives[i];

		if (i < sockets->holding_count && !sockets->holdings[i].row->cookie)
			life = life_of_its_own(sockets, i);
		if (life)
			sockets->lives[sockets->count++] = life;
	}
}

struct sockets *sockets_join(const struct recordings *recordings)
{
	struct sockets *sockets = allocate_zeroed(1, sizeof(*sockets));
	struct mentions mentions = mentions_gather(sockets, recordings);
	size_t places = sockets->holding_count + sockets->departing_count + sockets->sighting_count;

	sockets->held = allocate_zeroed(sockets->holding_count, sizeof(*sockets->held));
	sockets->lives = allocate_zeroed(places, sizeof(struct socket_life *));
	leave_few_alike(sockets, &mentions);
	join(sockets, recordings, &mentions);
	list_lives(sockets, places);
	free(mentions.list);
	return sockets;
}

static void free_life(struct sockets *sockets, struct socket_life *life)
{
	if (life->holding_count > 1)
		free(life->holdings);
	free(life->departures);
	free(life->sightings);
	if (life < sockets->held || life >= sockets->held + sockets->holding_count)
		free(life);
}

void sockets_free(struct sockets *sockets)
{
	size_t i;

	if (!sockets)
		return;
	for (i = 0; i < sockets->count; i++)
		free_life(sockets, sockets->lives[i]);
	for (i = 0; i < sockets->fd_list_count; i++)
		free(sockets->fd_lists[i]);
	free(sockets->fd_lists);
	free(sockets->lives);
	free(sockets->held);
	free(sockets->holdings);
	free(sockets->departings);
	free(sockets->sightings);
	free(sockets);
}
