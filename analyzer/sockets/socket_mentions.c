/* SPDX-License-Identifier: MIT */
#include "analyzer/sockets/socket_mentions.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/sorted_rows.h"
#include "analyzer/recordings/observation.h"

static void add_mention(struct mentions *mentions, uint64_t cookie, unsigned int boot, size_t place)
{
	if (!cookie)
		return;
	mentions->list[mentions->count++] = (struct mention){ cookie, boot, (uint32_t)place };
}

/*
 * The inverse of the descriptor table: row r has the descriptors fds[first[r]] ... fds[first[r + 1]
 * - 1]. The caller frees *first; the returned list lives as long as SOCKETS.
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
	/* place[row] is where the row's next descriptor goes; at the end, where row + 1 begins. */
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

static bool was_accepted_or_passed(const struct holding *holding)
{
	return holding->row->source == SOURCE_ACCEPT || holding->row->source == SOURCE_PASSED;
}

/* Of the COUNT holdings of one process. */
static void mark_only_connection(struct holding *holdings, size_t count)
{
	struct holding *only = NULL;
	size_t found = 0, i;

	for (i = 0; i < count && found < 2; i++)
		if (was_accepted_or_passed(&holdings[i])) {
			only = &holdings[i];
			found++;
		}
	if (found == 1)
		only->only_connection = true;
}

static void add_holdings(struct sockets *sockets, const struct process *process,
			 struct mentions *mentions)
{
	const struct recording *recording = process->recording;
	size_t before = sockets->holding_count, *first, row, i;
	const int32_t *fds = descriptors_by_row(sockets, recording, &first);

	for (row = 0; row < recording->socket_count; row++) {
		struct holding *holding;

		if (!(recording->sockets[row].life & LIFE_OPEN))
			continue;
		holding = &sockets->holdings[sockets->holding_count];
		add_mention(mentions, recording->sockets[row].cookie, process->boot,
			    sockets->holding_count++);
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
	mark_only_connection(&sockets->holdings[before], sockets->holding_count - before);
	free(first);
}

static void add_departures(struct sockets *sockets, const struct process *process,
			   struct mentions *mentions)
{
	size_t i;

	for (i = 0; i < process->recording->departure_count; i++) {
		const struct recorded_departure *departure = &process->recording->departures[i];

		add_mention(mentions, departure->cookie, process->boot,
			    sockets->holding_count + sockets->departing_count);
		sockets->departings[sockets->departing_count++] =
			(struct departing){ process, departure };
	}
}

static void add_sightings(struct sockets *sockets, const struct process *process,
			  struct mentions *mentions)
{
	const struct observation *observation = process->observation;
	size_t i;

	for (i = 0; observation && i < observation->socket_count; i++) {
		add_mention(mentions, observation->sockets[i].cookie, process->boot,
			    sockets->holding_count + sockets->departing_count +
				    sockets->sighting_count);
		sockets->sightings[sockets->sighting_count++] =
			(struct sighting){ process, &observation->sockets[i] };
	}
}

static int by_name(const void *left, const void *right)
{
	const struct mention *a = left, *b = right;

	if (a->cookie != b->cookie)
		return a->cookie < b->cookie ? -1 : 1;
	if (a->boot != b->boot)
		return a->boot < b->boot ? -1 : 1;
	return a->place < b->place ? -1 : a->place > b->place ? 1 : 0;
}

/* One process that has closed little has its sockets in the order of their cookies. */
static bool are_in_order(const struct mentions *mentions)
{
	size_t i;

	for (i = 1; i < mentions->count; i++)
		if (by_name(&mentions->list[i - 1], &mentions->list[i]) > 0)
			return false;
	return true;
}

struct mentions mentions_gather(struct sockets *sockets, const struct recordings *recordings)
{
	size_t holdings = 0, departures = 0, sightings = 0, row, i;
	struct mentions mentions = { NULL, 0 };

	for (i = 0; i < recordings->count; i++) {
		const struct process *process = &recordings->list[i];
		const struct recording *recording = process->recording;

		for (row = 0; row < recording->socket_count; row++)
			holdings += (recording->sockets[row].life & LIFE_OPEN) != 0;
		departures += recording->departure_count;
		sightings += process->observation ? process->observation->socket_count : 0;
	}
	sockets->holdings = allocate_zeroed(holdings, sizeof(*sockets->holdings));
	sockets->departings = allocate_zeroed(departures, sizeof(*sockets->departings));
	sockets->sightings = allocate_zeroed(sightings, sizeof(*sockets->sightings));
	mentions.list = allocate_zeroed(holdings + departures + sightings, sizeof(*mentions.list));
	for (i = 0; i < recordings->count; i++)
		add_holdings(sockets, &recordings->list[i], &mentions);
	for (i = 0; i < recordings->count; i++)
		add_departures(sockets, &recordings->list[i], &mentions);
	for (i = 0; i < recordings->count; i++)
		add_sightings(sockets, &recordings->list[i], &mentions);
	if (!are_in_order(&mentions))
		qsort(mentions.list, mentions.count, sizeof(*mentions.list), by_name);
	return mentions;
}

static bool is_before(const void *row, const void *key)
{
	return by_name(row, key) < 0;
}

const struct mention *mentions_find(const struct mentions *mentions, uint64_t cookie,
				    unsigned int boot)
{
	const struct mention key = { .cookie = cookie, .boot = boot };
	size_t place = rows_before(mentions->list, mentions->count, sizeof(key), is_before, &key);

	if (place == mentions->count || !mention_same(&mentions->list[place], &key))
		return NULL;
	return &mentions->list[place];
}
