/* SPDX-License-Identifier: MIT */
#include "preload/ledger/ledger.h"

#include <string.h>
#include <sys/mman.h>
#include "preload/ledger/ledger_file.h"

void ledger_forget_reservations(struct ledger *ledger)
{
	size_t bytes = ledger_layout_words(ledger->layout) * sizeof(uint64_t);

	/* Cheaper than to store zeros, which would copy each page from the parent first. */
	if (madvise(ledger->reserved, bytes, MADV_DONTNEED) != 0)
		memset(ledger->reserved, 0, bytes);
	/* By a store: a load would map a page of zeros first, and the store another one. */
	__atomic_store_n(ledger->reserved, 0, __ATOMIC_RELAXED);
	if (ledger->layout->written_whole)
		memset(ledger->reserved, 0xff, bytes);
}

void ledger_mark_reserved(struct ledger *ledger, enum recording_section_id id, uint64_t first,
			  uint64_t end)
{
	uint64_t at, grain;

	for (at = first / LEDGER_GRAIN * LEDGER_GRAIN; at < end; at += LEDGER_GRAIN) {
		grain = ledger->views[id].first_grain + at / LEDGER_GRAIN;
		__atomic_fetch_or(&ledger->reserved[grain / 64], 1ull << (grain % 64),
				  __ATOMIC_RELEASE);
	}
}

/*
 * Reserves the grain at AT of section ID: a page where the section has just begun, as most forked
 * children need no more of it; a chunk further on.
 */
static bool reserve_grain(struct ledger *ledger, enum recording_section_id id, uint64_t at)
{
	const struct recording_section *section = ledger_section(ledger, id);
	uint64_t own = ledger_round_to_chunk((uint64_t)section->inherited * section->record_size);
	uint64_t size = RECORDING_CHUNK;

	if (at - own < RECORDING_CHUNK || size < ledger->page_size)
		size = ledger->page_size;
	at = at / size * size;
	if (!ledger_views_reach(ledger, id, at + size) ||
	    !ledger_file_reserve(ledger_base(ledger, id), at, size))
		return false;
	ledger_mark_reserved(ledger, id, at, at + size);
	return true;
}

bool ledger_reserve(struct ledger *ledger, enum recording_section_id id, uint64_t first,
		    uint64_t count)
{
	const struct recording_section *section = ledger_section(ledger, id);
	uint64_t start, end, at;

	if (first + count > section->capacity)
		return false;
	start = first * section->record_size;
	end = start + count * section->record_size;
	for (at = start / LEDGER_GRAIN * LEDGER_GRAIN; at < end; at += LEDGER_GRAIN)
		if (!ledger_is_reserved(ledger, id, at) && !reserve_grain(ledger, id, at))
			return false;
	return true;
}

void ledger_raise_used(struct ledger *ledger, enum recording_section_id id, uint64_t used)
{
	uint64_t *place = &ledger_section(ledger, id)->used;
	uint64_t seen = __atomic_load_n(place, __ATOMIC_RELAXED);

	while (seen < used && !__atomic_compare_exchange_n(place, &seen, used, true,
							   __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
}

uint64_t ledger_append(struct ledger *ledger, enum recording_section_id id, uint64_t count)
{
	struct recording_section *section = ledger_section(ledger, id);
	uint64_t first = __atomic_load_n(&section->used, __ATOMIC_RELAXED);

	/*
	 * Reserve before taking: a record is never taken that can't be stored to, so a full file
	 * system leaves no holes and the next try starts at the same place.
	 */
	do {
		if (!ledger_reserve(ledger, id, first, count))
			return UINT64_MAX;
	} while (!__atomic_compare_exchange_n(&section->used, &first, first + count, true,
					      __ATOMIC_RELEASE, __ATOMIC_RELAXED));
	return first;
}

uint64_t ledger_append_to_ring(struct ledger *ledger, enum recording_section_id id)
{
	struct recording_section *section = ledger_section(ledger, id);
	uint64_t turn = __atomic_load_n(&section->used, __ATOMIC_RELAXED);

	do {
		if (!ledger_reserve(ledger, id, turn % section->capacity, 1))
			return UINT64_MAX;
	} while (!__atomic_compare_exchange_n(&section->used, &turn, turn + 1, true,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return turn % section->capacity;
}

void ledger_count_lost(struct ledger *ledger, enum recording_lost what)
{
	__atomic_fetch_add(&ledger->header->lost[what], 1, __ATOMIC_RELAXED);
}

/* To a millisecond only: the line is shared by all threads, and read where each accepts. */
void ledger_touch(struct ledger *ledger, uint64_t time)
{
	uint64_t last = __atomic_load_n(&ledger->header->last_event_ns, __ATOMIC_RELAXED);

	if (time >= last + 1000000)
		__atomic_store_n(&ledger->header->last_event_ns, time, __ATOMIC_RELAXED);
}
