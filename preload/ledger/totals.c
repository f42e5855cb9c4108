/* SPDX-License-Identifier: MIT */
#include "preload/ledger/totals.h"

#include "preload/ledger/ledger.h"

/*
 * A row is appended before its slot of the index is won; the loser of that race leaves a row with
 * count 0, which readers skip. At most one such row for each race, and triples are few.
 */
#define PROBES 64u

struct triple {
	uint32_t opened, decided, closed, decision;
};

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

static struct recorded_total *row_at(const struct ledger *ledger, uint32_t index)
{
	return (struct recorded_total *)(void *)ledger_base(ledger, SECTION_TOTALS) + index;
}

/* Appends a row for the triple. Returns row + 1, or 0. */
static uint32_t append_row(struct ledger *ledger, const struct triple *t)
{
	uint64_t index = ledger_append(ledger, SECTION_TOTALS, 1);
	struct recorded_total *row;

	if (index == UINT64_MAX)
		return 0;
	row = row_at(ledger, (uint32_t)index);
	row->opened_stack = t->opened;
	row->decided_stack = t->decided;
	row->closed_stack = t->closed;
	row->decision = t->decision;
	return (uint32_t)index + 1;
}

static struct recorded_total *find_row(struct ledger *ledger, const struct triple *t)
{
	uint32_t hash = hash_triple(t), fresh = 0, i;

	for (i = 0; i < PROBES; i++) {
		uint32_t *slot = ledger_slot(&ledger->totals, hash, i);
		uint32_t seen = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
		struct recorded_total *row;

		if (seen == 0) {
			if (fresh == 0)
				fresh = append_row(ledger, t);
			if (fresh == 0)
				return NULL;
			if (__atomic_compare_exchange_n(slot, &seen, fresh, false, __ATOMIC_RELEASE,
							__ATOMIC_ACQUIRE))
				return row_at(ledger, fresh - 1);
		}
		row = row_at(ledger, seen - 1);
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

static void add_held(struct recorded_total *row, uint64_t held)
{
	uint64_t seen = __atomic_load_n(&row->held_max_ns, __ATOMIC_RELAXED);

	__atomic_fetch_add(&row->held_sum_ns, held, __ATOMIC_RELAXED);
	__atomic_fetch_add(&row->held[held_bucket(held)], 1, __ATOMIC_RELAXED);
	while (seen < held && !__atomic_compare_exchange_n(&row->held_max_ns, &seen, held, true,
							   __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

void totals_add(struct ledger *ledger, const struct recorded_socket *socket,
		const struct decision *decision, uint32_t closed_stack, uint64_t now)
{
	struct triple t = { .opened = socket->opened_stack,
			    .decided = decision->stack,
			    .closed = closed_stack,
			    .decision = decision->kind };
	struct recorded_total *row = find_row(ledger, &t);

	if (!row) {
		ledger_count_lost(ledger, LOST_TOTALS);
		return;
	}
	if (decision->kind != DECIDED_NOT)
		add_held(row, now > decision->ns ? now - decision->ns : 0);
	if (decision->kind == DECIDED_EOF)
		raise_eof_reads(row, socket->eof_reads);
	if (decision->kind == DECIDED_EOF && decision_answered_ns(socket))
		__atomic_fetch_add(&row->answered, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&row->count, 1, __ATOMIC_RELEASE);
}
