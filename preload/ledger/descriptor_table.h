/* SPDX-License-Identifier: MIT */
/*
 * The descriptor table of the recording: number -> socket row, and where a duplicate was made. A
 * number belongs to at most one row; a row may have many numbers, and each of them is one of its
 * references: whoever takes or replaces an entry answers for that (socket_table). All functions are
 * signal-safe, for any thread. In a ledger without a recording nothing is tracked; only
 * descriptor_put() needs one.
 */
#ifndef FINLEAK_DESCRIPTOR_TABLE_H
#define FINLEAK_DESCRIPTOR_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "preload/ledger/ledger.h"

#define NO_ROW UINT32_MAX

struct descriptor_entry {
	uint32_t row;             /* NO_ROW: not tracked */
	uint32_t duplicate_stack; /* where this number was made as a duplicate; 0: it is none */
	bool unverified; /* inherited while other threads ran: the number may be another's by now */
};

/* As descriptor_get(), and FD is not tracked from then on. Of two callers one gets the entry. */
struct descriptor_entry descriptor_take(struct ledger *ledger, int fd);

/*
 * FD refers to ENTRY from now on; *replaced is what it referred to. False: no room (counted as
 * lost), nothing is changed.
 */
bool descriptor_put(struct ledger *ledger, int fd, struct descriptor_entry entry,
		    struct descriptor_entry *replaced);

/* FD, an entry that the caller holds the row of, is still what it refers to: verified from now on.
 */
void descriptor_verify(struct ledger *ledger, int fd);

/*
 * The first tracked number from FD on, or -1. A walk over all: for (fd = descriptor_next(l, 0);
 * fd >= 0; fd = descriptor_next(l, fd + 1)).
 */
int descriptor_next(const struct ledger *ledger, int fd);

/* One more than the highest number ever tracked. */
static inline int descriptor_end(const struct ledger *ledger)
{
	return ledger_is_open(ledger) ? (int)ledger_used(ledger, SECTION_DESCRIPTORS) : 0;
}

/* The word of FD, or NULL where none was stored: it may not even be read then. */
static inline uint64_t *descriptor_place(const struct ledger *ledger, int fd)
{
	uint64_t at;

	if ((unsigned int)fd >= (unsigned int)descriptor_end(ledger))
		return NULL;
	at = (unsigned int)fd * sizeof(uint64_t);
	/* Their grains come first (ledger_first_grain()). */
	if (!ledger_grain_is_reserved(ledger, at / LEDGER_GRAIN))
		return NULL;
	return (uint64_t *)(void *)(ledger_base(ledger, SECTION_DESCRIPTORS) + at);
}

static inline struct descriptor_entry descriptor_entry_of(uint64_t word)
{
	return (struct descriptor_entry){ .row = recorded_descriptor_row(word) - 1,
					  .duplicate_stack = recorded_descriptor_stack(word),
					  .unverified = word & RECORDED_DESCRIPTOR_UNVERIFIED };
}

/* What FD refers to. Never touches a page that is not reserved. Inline: epoll_ctl() asks twice. */
static inline struct descriptor_entry descriptor_get(const struct ledger *ledger, int fd)
{
	const uint64_t *place = descriptor_place(ledger, fd);

	return descriptor_entry_of(place ? __atomic_load_n(place, __ATOMIC_SEQ_CST) : 0);
}

/* descriptor_take() of the number whose word is at PLACE. */
static inline struct descriptor_entry descriptor_take_at(uint64_t *place)
{
	return descriptor_entry_of(__atomic_exchange_n(place, 0, __ATOMIC_SEQ_CST));
}

#endif
