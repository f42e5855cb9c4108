/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/recording_tables.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/recordings/interned_load.h"
#include "analyzer/recordings/recording_sections.h"

#define LIVE_ROW_REREADS 4
#define ROWS_WINDOW      (64u * 1024)

/* By LIFE, is it the same open socket as ROW? */
static bool is_same_socket(const struct recorded_socket *row, uint32_t life)
{
	return (life & LIFE_OPEN) &&
	       (life & ~(uint32_t)LIFE_BITS) == (row->life & ~(uint32_t)LIFE_BITS);
}

/*
 * A row at byte AT of its section that was taken by another socket while it was copied mixes two
 * sockets: read again until its generation stands still, or drop it.
 */
static bool settle_row(struct recording_file *file, uint64_t at, struct recorded_socket *row)
{
	unsigned int tries = 0;
	uint32_t life;

	while (row->life & LIFE_OPEN) {
		if (!recording_read_section(file, SECTION_SOCKETS, at, &life, sizeof(life)))
			return false;
		if (is_same_socket(row, life))
			return true;
		if (!(life & LIFE_OPEN) || tries++ == LIVE_ROW_REREADS) {
			row->life = 0;
			return true;
		}
		if (!recording_read_section(file, SECTION_SOCKETS, at, row, sizeof(*row)))
			return false;
	}
	return true;
}

static bool has_open_row(const struct recorded_socket *rows, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (rows[i].life & LIFE_OPEN)
			return true;
	return false;
}

/*
 * Only a file without an end may still be written. Rows are checked again a window at a time; holes
 * of the file are skipped.
 */
static bool settle_socket_rows(struct recording_file *file)
{
	struct recording *recording = file->recording;
	const struct recording_section *section = &recording->header.sections[SECTION_SOCKETS];
	size_t per_window, done, i;
	uint8_t *window;
	bool ok = true;

	if (recording->socket_count == 0)
		return true;
	per_window = ROWS_WINDOW / section->record_size;
	window = allocate_zeroed(ROWS_WINDOW, 1);
	for (done = 0; ok && done < recording->socket_count; done += per_window) {
		size_t now = recording->socket_count - done;
		uint64_t at = done * section->record_size;

		if (now > per_window)
			now = per_window;
		if (!has_open_row(&recording->sockets[done], now))
			continue;
		ok = recording_read_section(file, SECTION_SOCKETS, at, window,
					    now * section->record_size);
		for (i = 0; ok && i < now; i++) {
			struct recorded_socket *row = &recording->sockets[done + i];
			uint32_t life;

			memcpy(&life, window + i * section->record_size, sizeof(life));
			if ((row->life & LIFE_OPEN) && !is_same_socket(row, life))
				ok = settle_row(file, at + i * section->record_size, row);
		}
	}
	free(window);
	return ok;
}

static bool load_sockets(struct recording_file *file)
{
	struct recording *recording = file->recording;
	uint64_t first;
	size_t i;

	if (!recording_load_section(file, SECTION_SOCKETS, 0, (void **)&recording->sockets,
				    &recording->socket_count, &first))
		return false;
	if (recording->header.end == END_NONE && !settle_socket_rows(file))
		return false;
	for (i = 0; i < recording->socket_count; i++) {
		struct recorded_socket *row = &recording->sockets[i];

		/* Without a descriptor it is being closed: its process died in between. */
		if (row->life && (!(row->life & LIFE_OPEN) || row->descriptors == 0))
			memset(row, 0, sizeof(*row));
	}
	return true;
}

static bool load_totals(struct recording_file *file)
{
	struct recording *recording = file->recording;
	size_t count, kept = 0, i;
	uint64_t first;

	if (!recording_load_section(file, SECTION_TOTALS, 0, (void **)&recording->totals, &count,
				    &first))
		return false;
	for (i = 0; i < count; i++)
		if (recording->totals[i].count)
			recording->totals[kept++] = recording->totals[i];
	recording->total_count = kept;
	return true;
}

/* Turns the ring ROWS (oldest at FIRST) so that its oldest row comes first. */
static void straighten(void *rows, size_t size, size_t count, uint64_t first)
{
	uint8_t *turned;

	if (first == 0 || first >= count)
		return;
	turned = allocate_zeroed(count, size);
	memcpy(turned, (uint8_t *)rows + first * size, (count - first) * size);
	memcpy(turned + (count - first) * size, rows, first * size);
	memcpy(rows, turned, count * size);
	free(turned);
}

static bool load_departures(struct recording_file *file)
{
	struct recording *recording = file->recording;
	size_t count, kept = 0, i;
	uint64_t first;

	if (!recording_load_section(file, SECTION_DEPARTURES, 0, (void **)&recording->departures,
				    &count, &first))
		return false;
	straighten(recording->departures, sizeof(*recording->departures), count, first);
	for (i = 0; i < count; i++)
		if (recording->departures[i].closed_ns)
			recording->departures[kept++] = recording->departures[i];
	recording->departure_count = kept;
	return true;
}

static int by_pid(const void *left, const void *right)
{
	const struct recorded_birth *a = left, *b = right;

	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	if (!a->stack != !b->stack)
		return a->stack ? 1 : -1;
	return a->ns < b->ns ? -1 : a->ns > b->ns;
}

static bool load_births(struct recording_file *file)
{
	struct recording *recording = file->recording;
	size_t count, kept = 0, i;
	uint64_t first;

	if (!recording_load_section(file, SECTION_BIRTHS, 0, (void **)&recording->births, &count,
				    &first))
		return false;
	for (i = 0; i < count; i++)
		if (recording->births[i].ns)
			recording->births[kept++] = recording->births[i];
	recording->birth_count = kept;
	if (kept)
		qsort(recording->births, kept, sizeof(*recording->births), by_pid);
	return true;
}

static bool load_pollers(struct recording_file *file)
{
	struct recording *recording = file->recording;
	uint64_t first;
	size_t i;

	if (!recording_load_section(file, SECTION_POLLERS, 0, (void **)&recording->pollers,
				    &recording->poller_count, &first))
		return false;
	for (i = 0; i < recording->poller_count; i++) {
		const struct recorded_poller *poller = &recording->pollers[i];

		if (poller->returned_ns &&
		    (!recording->last_poller ||
		     poller->returned_ns >= recording->last_poller->returned_ns))
			recording->last_poller = poller;
	}
	return true;
}

bool recording_load_socket_tables(struct recording_file *file)
{
	struct recording *recording = file->recording;
	uint64_t first;

	return recording_load_section(file, SECTION_DESCRIPTORS, 0,
				      (void **)&recording->descriptors,
				      &recording->descriptor_count, &first) &&
	       recording_load_section(file, SECTION_SOCKETS, 0, (void **)&recording->sockets,
				      &recording->socket_count, &first) &&
	       load_pollers(file) && load_departures(file);
}

bool recording_load_tables(struct recording_file *file)
{
	struct recording *recording = file->recording;
	uint64_t first;

	/* Without a descriptor table a report misses numbers, so it is read like the others. */
	if (!recording_load_section(file, SECTION_DESCRIPTORS, 0, (void **)&recording->descriptors,
				    &recording->descriptor_count, &first))
		return false;
	if (!load_sockets(file) || !load_totals(file) || !load_departures(file) ||
	    !load_births(file) || !load_pollers(file))
		return false;
	recording->interned = interned_load(file);
	if (!recording->interned)
		return false;
	recording->user = recording->interned->user;
	return true;
}
