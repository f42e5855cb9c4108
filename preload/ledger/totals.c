/* SPDX-License-Identifier: MIT */
#include "preload/ledger/totals.h"

#include <string.h>
#include <sys/mman.h>
#include "preload/ledger/ledger.h"

/*
 * Index: hash of the triple -> totals row + 1, open addressing, private memory. A row is appended
 * before its index slot is won; the loser of that race leaves a row with count 0, which readers
 * skip. At most one such row for each race, and triples are few.
 */
#define INDEX_SLOTS 32768u /* twice the rows of the largest layout */
#define PROBES      64u

static uint32_t *index_slots;

struct triple {
	uint32_t opened, decided, closed, decision;
};

bool totals_start(void)
{
	void *map = mmap(NULL, INDEX_SLOTS * sizeof(*index_slots), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		return false;
	index_slots = map;
	return true;
}

void totals_reset(void)
{
	memset(index_slots, 0, INDEX_SLOTS * sizeof(*index_slots));
}

static uint32_t hash_triple(const struct triple *t)
{
	uint64_t h = t->opened * 0x9e3779b97f4a7c15ull;

	h = (h ^ t->decided) * 0x9e3779b97f4a7c15ull;
	h = (h ^ (h >> 29) ^ t->closed) * 0x9e3779b97f4a7c15ull;
	return (uint32_t)(h >> 32) ^ t->decision;
}

static bool same_triple(const struct recorded_total *row, const struct triple *t)
{
	return row->opened_stack == t->opened && row->decided_stack == t->decided &&
	       row->closed_stack == t->closed && row->decision == t->decision;
}

/* Appends a row for the triple. Returns row + 1, or 0. */
static uint32_t append_row(const struct triple *t)
{
	uint64_t index = ledger_append(SECTION_TOTALS, 1);
	struct recorded_total *row;

	if (index == UINT64_MAX)
		return 0;
	row = ledger_record(SECTION_TOTALS, index);
	row->opened_stack = t->opened;
	row->decided_stack = t->decided;
	row->closed_stack = t->closed;
	row->decision = t->decision;
	return (uint32_t)index + 1;
}

static struct recorded_total *find_row(const struct triple *t)
{
	uint32_t hash = hash_triple(t), fresh = 0, i;

	for (i = 0; i < PROBES; i++) {
		uint32_t *slot = &index_slots[(hash + i) % INDEX_SLOTS];
		uint32_t seen = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
		struct recorded_total *row;

		if (seen == 0) {
			if (fresh == 0)
				fresh = append_row(t);
			if (fresh == 0)
				return NULL;
			if (__atomic_compare_exchange_n(slot, &seen, fresh, false, __ATOMIC_RELEASE,
							__ATOMIC_ACQUIRE))
				return ledger_record(SECTION_TOTALS, fresh - 1);
		}
		row = ledger_record(SECTION_TOTALS, seen - 1);
		if (same_triple(row, t))
			return row;
	}
	return NULL;
}

static void raise_eof_reads(struct recorded_total *row, uint32_t eof_reads)
{
	uint32_t seen = __atomic_load_n(&row->eof_reads_max, __ATOMIC_RELAXED);

	while (seen < eof_reads &&
	       !__atomic_compare_exchange_n(&row->eof_reads_max, &seen, eof_reads, true,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

void totals_add(const struct recorded_socket *socket, const struct decision *decision,
		uint32_t closed_stack, uint64_t now)
{
	struct triple t = { .opened = socket->opened_stack,
			    .decided = decision->stack,
			    .closed = closed_stack,
			    .decision = decision->kind };
	struct recorded_total *row = find_row(&t);
	uint64_t held, seen;

	if (!row) {
		ledger_count_lost(LOST_TOTALS);
		return;
	}
	if (decision->kind != DECIDED_NOT) {
		held = now > decision->ns ? now - decision->ns : 0;
		__atomic_fetch_add(&row->held_sum_ns, held, __ATOMIC_RELAXED);
		__atomic_fetch_add(&row->held[held_bucket(held)], 1, __ATOMIC_RELAXED);
		seen = __atomic_load_n(&row->held_max_ns, __ATOMIC_RELAXED);
		while (seen < held &&
		       !__atomic_compare_exchange_n(&row->held_max_ns, &seen, held, true,
						    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			;
	}
	if (decision->kind == DECIDED_EOF)
		raise_eof_reads(row, socket->eof_reads);
	__atomic_fetch_add(&row->count, 1, __ATOMIC_RELEASE);
}
