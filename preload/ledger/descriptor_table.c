/* SPDX-License-Identifier: MIT */
#include "preload/ledger/descriptor_table.h"

#include "preload/ledger/ledger.h"

#define DESCRIPTORS_IN_GRAIN ((int)(LEDGER_GRAIN / sizeof(uint64_t)))

static uint64_t word_of(struct descriptor_entry entry)
{
	return (uint64_t)entry.duplicate_stack << 32 | (uint32_t)(entry.row + 1) |
	       (entry.unverified ? RECORDED_DESCRIPTOR_UNVERIFIED : 0);
}

struct descriptor_entry descriptor_take(struct ledger *ledger, int fd)
{
	uint64_t *place = descriptor_place(ledger, fd);

	if (!place || __atomic_load_n(place, __ATOMIC_RELAXED) == 0)
		return descriptor_entry_of(0);
	return descriptor_take_at(place);
}

bool descriptor_put(struct ledger *ledger, int fd, struct descriptor_entry entry,
		    struct descriptor_entry *replaced)
{
	uint64_t *place = descriptor_place(ledger, fd);

	*replaced = descriptor_entry_of(0);
	/* Most numbers have been used before. */
	if (place) {
		*replaced = descriptor_entry_of(
			__atomic_exchange_n(place, word_of(entry), __ATOMIC_SEQ_CST));
		return true;
	}
	if (fd < 0 || !ledger_reserve(ledger, SECTION_DESCRIPTORS, fd, 1)) {
		ledger_count_lost(ledger, LOST_DESCRIPTORS);
		return false;
	}
	place = (uint64_t *)(void *)ledger_base(ledger, SECTION_DESCRIPTORS) + fd;
	*replaced =
		descriptor_entry_of(__atomic_exchange_n(place, word_of(entry), __ATOMIC_SEQ_CST));
	ledger_raise_used(ledger, SECTION_DESCRIPTORS, (uint64_t)fd + 1);
	return true;
}

/* An entry that another thread has put there meanwhile is verified, too. */
void descriptor_verify(struct ledger *ledger, int fd)
{
	uint64_t *place = descriptor_place(ledger, fd);

	if (place)
		__atomic_fetch_and(place, ~RECORDED_DESCRIPTOR_UNVERIFIED, __ATOMIC_RELAXED);
}

int descriptor_next(const struct ledger *ledger, int fd)
{
	/* The end first: the base that is read then has all up to there. */
	int end = descriptor_end(ledger);
	const uint64_t *words = (const uint64_t *)(void *)ledger_base(ledger, SECTION_DESCRIPTORS);

	while (fd < end) {
		if (!descriptor_place(ledger, fd)) {
			/* Nor can the rest of its grain. Sections begin with one. */
			fd = (fd / DESCRIPTORS_IN_GRAIN + 1) * DESCRIPTORS_IN_GRAIN;
			continue;
		}
		do {
			if (recorded_descriptor_row(__atomic_load_n(&words[fd], __ATOMIC_RELAXED)))
				return fd;
		} while (++fd < end && fd % DESCRIPTORS_IN_GRAIN != 0);
	}
	return -1;
}
