/* SPDX-License-Identifier: MIT */
#include "analyzer/sockets.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/allocate.h"

static struct socket_life *life_of(struct sockets *sockets, const struct process *process,
				   uint64_t cookie)
{
	const struct socket_name name = { .cookie = cookie, .boot = process->boot };
	struct socket_life *life = NULL, **place;

	if (cookie)
		HASH_FIND(hh, sockets->by_name, &name, sizeof(name), life);
	if (life)
		return life;
	life = allocate_zeroed(1, sizeof(*life));
	life->name = name;
	place = allocate_next(&sockets->lives, sockets->count, sizeof(struct socket_life *));
	*place = life;
	sockets->count++;
	if (cookie)
		HASH_ADD(hh, sockets->by_name, name, sizeof(life->name), life);
	return life;
}

/*
 * The descriptor table turned round: for row r the numbers fds[first[r]] ... fds[first[r + 1] - 1].
 * The caller frees *first; the returned list lives as long as SOCKETS.
 */
static const int32_t *descriptors_by_row(struct sockets *sockets, const struct recording *recording,
					 size_t **first)
{
	size_t rows = recording->socket_count, i;
	size_t *place = allocate_zeroed(rows + 2, sizeof(*place));
	int32_t *fds, **list;

	for (i = 0; i < recording->descriptor_count; i++) {
		uint32_t row = recorded_descriptor_row(recording->descriptors[i]);

		if (row && row <= rows)
			place[row + 1]++;
	}
	for (i = 1; i < rows + 2; i++)
		place[i] += place[i - 1];
	fds = allocate_zeroed(place[rows + 1], sizeof(*fds));
	/* place[row] is where row's next number goes; in the end it is where row + 1 begins. */
	for (i = 0; i < recording->descriptor_count; i++) {
		uint32_t row = recorded_descriptor_row(recording->descriptors[i]);

		if (row && row <= rows)
			fds[place[row]++] = (int32_t)i;
	}
	list = allocate_next(&sockets->fd_lists, sockets->fd_list_count, sizeof(int32_t *));
	*list = fds;
	sockets->fd_list_count++;
	*first = place;
	return fds;
}

static void add_holdings(struct sockets *sockets, const struct process *process)
{
	const struct recording *recording = process->recording;
	size_t *first, row, i;
	const int32_t *fds = descriptors_by_row(sockets, recording, &first);

	for (row = 0; row < recording->socket_count; row++) {
		struct socket_life *life;
		struct holding *holding;

		if (!(recording->sockets[row].life & LIFE_OPEN))
			continue;
		life = life_of(sockets, process, recording->sockets[row].cookie);
		holding = allocate_next(&life->holdings, life->holding_count, sizeof(*holding));
		life->holding_count++;
		holding->process = process;
		holding->row = &recording->sockets[row];
		holding->fds = fds + first[row];
		holding->fd_count = first[row + 1] - first[row];
		for (i = 0; i < holding->fd_count; i++) {
			uint64_t word = recording->descriptors[holding->fds[i]];

			if (recorded_descriptor_stack(word))
				holding->duplicate_stack = recorded_descriptor_stack(word);
		}
	}
	free(first);
}

static void add_departures(struct sockets *sockets, const struct process *process)
{
	size_t i;

	for (i = 0; i < process->recording->departure_count; i++) {
		const struct recorded_departure *departure = &process->recording->departures[i];
		const struct socket_name name = { .cookie = departure->cookie,
						  .boot = process->boot };
		struct socket_life *life = NULL;
		struct departing *departing;

		/* A departure matters to those who stayed only, seen by the kernel or recorded. */
		HASH_FIND(hh, sockets->by_name, &name, sizeof(name), life);
		if (!life && departure->cookie &&
		    observation_find(process->observation, departure->cookie))
			life = life_of(sockets, process, departure->cookie);
		if (!life)
			continue;
		departing =
			allocate_next(&life->departures, life->departure_count, sizeof(*departing));
		life->departure_count++;
		departing->process = process;
		departing->departure = departure;
	}
}

static struct socket_life *find_life(const struct sockets *sockets, uint64_t cookie,
				     unsigned int boot)
{
	const struct socket_name name = { .cookie = cookie, .boot = boot };
	struct socket_life *life;

	HASH_FIND(hh, sockets->by_name, &name, sizeof(name), life);
	return life;
}

static bool was_stuck_before_end(const struct process *process,
				 const struct observed_socket *socket)
{
	return process->state == PROCESS_EXITED && socket->state == KERNEL_CLOSE_WAIT &&
	       socket->opened_stack && !(socket->flags & OBSERVED_GONE);
}

static void add_sightings(struct sockets *sockets, const struct process *process)
{
	const struct observation *observation = process->observation;
	size_t i;

	for (i = 0; observation && i < observation->socket_count; i++) {
		const struct observed_socket *socket = &observation->sockets[i];
		struct socket_life *life = find_life(sockets, socket->cookie, process->boot);
		struct socket_life *listener = NULL;

		if (socket->listener)
			listener = find_life(sockets, socket->listener, process->boot);
		/* Known from the kernel alone: what nobody has accepted yet, and what was stuck
		 * shortly before the program closed everything at its end. */
		if (!life && (listener || was_stuck_before_end(process, socket)))
			life = life_of(sockets, process, socket->cookie);
		if (!life)
			continue;
		*(struct sighting *)allocate_next(&life->sightings, life->sighting_count,
						  sizeof(*life->sightings)) =
			(struct sighting){ process, socket };
		life->sighting_count++;
		life->listener = listener;
	}
}

const struct sighting *life_sighting(const struct socket_life *life, const struct process *process)
{
	size_t i;

	for (i = 0; i < life->sighting_count; i++)
		if (life->sightings[i].process == process)
			return &life->sightings[i];
	return NULL;
}

const struct observed_socket *life_seen_in(const struct socket_life *life,
					   const struct process *process)
{
	const struct sighting *sighting = life_sighting(life, process);

	return sighting ? sighting->socket : NULL;
}

static bool is_held_by(const struct socket_life *life, const struct process *process)
{
	size_t i;

	for (i = 0; i < life->holding_count; i++)
		if (life->holdings[i].process == process)
			return true;
	return false;
}

static bool departed_from(const struct socket_life *life, const struct process *process)
{
	size_t i;

	for (i = 0; i < life->departure_count; i++)
		if (life->departures[i].process == process)
			return true;
	return false;
}

/* An image that exec replaced does not hold what its successor has taken over. */
static void find_handed_on(struct socket_life *life)
{
	size_t i;

	for (i = 0; i < life->holding_count; i++) {
		const struct process *successor = life->holdings[i].process->successor;

		life->holdings[i].handed_on =
			life->name.cookie && successor &&
			(is_held_by(life, successor) || departed_from(life, successor));
	}
}

struct sockets *sockets_join(const struct recordings *recordings)
{
	struct sockets *sockets = allocate_zeroed(1, sizeof(*sockets));
	size_t i;

	for (i = 0; i < recordings->count; i++)
		add_holdings(sockets, &recordings->list[i]);
	for (i = 0; i < recordings->count; i++)
		add_departures(sockets, &recordings->list[i]);
	for (i = 0; i < recordings->count; i++)
		add_sightings(sockets, &recordings->list[i]);
	for (i = 0; i < sockets->count; i++)
		find_handed_on(sockets->lives[i]);
	return sockets;
}

void sockets_free(struct sockets *sockets)
{
	size_t i;

	if (!sockets)
		return;
	HASH_CLEAR(hh, sockets->by_name);
	for (i = 0; i < sockets->count; i++) {
		free(sockets->lives[i]->holdings);
		free(sockets->lives[i]->departures);
		free(sockets->lives[i]->sightings);
		free(sockets->lives[i]);
	}
	for (i = 0; i < sockets->fd_list_count; i++)
		free(sockets->fd_lists[i]);
	free(sockets->lives);
	free(sockets->fd_lists);
	free(sockets);
}

/* A socket that was seen in some process already. */
struct seen_socket {
	struct socket_name name;
	UT_hash_handle hh;
};

/* Is NAME met for the first time? A process counts each socket it gets as opened. */
static bool see(struct seen_socket **all, struct socket_name name)
{
	struct seen_socket *seen;

	HASH_FIND(hh, *all, &name, sizeof(name), seen);
	if (seen)
		return false;
	seen = allocate_zeroed(1, sizeof(*seen));
	seen->name = name;
	HASH_ADD(hh, *all, name, sizeof(seen->name), seen);
	return true;
}

/* Sockets that PROCESS counted and another one before it. */
static uint64_t count_met_again(struct seen_socket **all, const struct process *process)
{
	const struct recording *recording = process->recording;
	struct socket_name name = { .boot = process->boot };
	uint64_t again = 0;
	size_t i;

	for (i = 0; i < recording->socket_count; i++) {
		name.cookie = recording->sockets[i].cookie;
		if ((recording->sockets[i].life & LIFE_OPEN) && name.cookie && !see(all, name))
			again++;
	}
	for (i = 0; i < recording->departure_count; i++) {
		name.cookie = recording->departures[i].cookie;
		if (name.cookie && !see(all, name))
			again++;
	}
	return again;
}

uint64_t sockets_count_opened(const struct recordings *recordings)
{
	struct seen_socket *all = NULL, *seen, *next;
	uint64_t opened = 0;
	size_t i;

	for (i = 0; i < recordings->count; i++) {
		uint64_t counted = recordings->list[i].recording->header.opened;
		uint64_t again = count_met_again(&all, &recordings->list[i]);

		opened += counted > again ? counted - again : 0;
	}
	HASH_ITER(hh, all, seen, next) {
		HASH_DEL(all, seen);
		free(seen);
	}
	return opened;
}
