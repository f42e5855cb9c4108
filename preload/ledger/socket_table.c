/* SPDX-License-Identifier: MIT */
#include "preload/ledger/socket_table.h"

#include <string.h>
#include "preload/platform/clock.h"
#include "preload/ledger/ledger.h"
#include "preload/ledger/totals.h"

#define CACHE_LINE 64

/*
 * Free rows form a stack linked by next_free (row + 1; 0 ends it). The head carries a tag in its
 * high half that changes with every push, so that a pop which slept through a pop and a push of
 * the same row is refused (the ABA problem).
 *
 * Every open and close of any thread writes it, so nothing else lies in its line: next to it were
 * the addresses of the unwinder's and the stacks' tables, which every stack reads.
 */
static union {
	uint64_t head;
	char line[CACHE_LINE];
} free_rows __attribute__((aligned(CACHE_LINE)));

static uint64_t last_birth_ns;

static bool ring_may_hold;

struct recorded_socket *socket_row(uint32_t index)
{
	return ledger_record(SECTION_SOCKETS, index);
}

static void push_free(uint32_t index)
{
	uint64_t head = __atomic_load_n(&free_rows.head, __ATOMIC_RELAXED), next;

	do {
		__atomic_store_n(&socket_row(index)->next_free, (uint32_t)head, __ATOMIC_RELAXED);
		next = ((head >> 32) + 1) << 32 | (index + 1);
	} while (!__atomic_compare_exchange_n(&free_rows.head, &head, next, true, __ATOMIC_RELEASE,
					      __ATOMIC_RELAXED));
}

static uint32_t pop_free(void)
{
	uint64_t head = __atomic_load_n(&free_rows.head, __ATOMIC_ACQUIRE), next;
	uint32_t index;

	do {
		if ((uint32_t)head == 0)
			return NO_ROW;
		index = (uint32_t)head - 1;
		next = (head & ~0xffffffffull) |
		       __atomic_load_n(&socket_row(index)->next_free, __ATOMIC_RELAXED);
	} while (!__atomic_compare_exchange_n(&free_rows.head, &head, next, true, __ATOMIC_ACQUIRE,
					      __ATOMIC_ACQUIRE));
	return index;
}

uint32_t socket_take(void)
{
	uint32_t index = pop_free();
	struct recorded_socket *row;
	uint32_t life;

	if (index == NO_ROW) {
		uint64_t fresh = ledger_append(SECTION_SOCKETS, 1);

		if (fresh == UINT64_MAX) {
			ledger_count_lost(LOST_SOCKETS);
			return NO_ROW;
		}
		index = (uint32_t)fresh;
	}
	row = socket_row(index);
	life = row->life & ~(uint32_t)LIFE_BITS;
	memset((char *)row + sizeof(row->life), 0, sizeof(*row) - sizeof(row->life));
	__atomic_store_n(&row->life, life + LIFE_GENERATION, __ATOMIC_RELAXED);
	return index;
}

uint32_t socket_find(uint64_t cookie)
{
	uint64_t used = __atomic_load_n(&ledger_section(SECTION_SOCKETS)->used, __ATOMIC_ACQUIRE);
	uint32_t i;

	for (i = 0; i < used; i++) {
		const struct recorded_socket *row = socket_row(i);

		if ((__atomic_load_n(&row->life, __ATOMIC_ACQUIRE) & LIFE_OPEN) &&
		    row->cookie == cookie)
			return i;
	}
	return NO_ROW;
}

void socket_publish(uint32_t index)
{
	struct recorded_socket *row = socket_row(index);

	row->descriptors = 1;
	__atomic_fetch_or(&row->life, LIFE_OPEN, __ATOMIC_RELEASE);
	__atomic_fetch_add(&ledger_header->opened, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&ledger_header->open_now, 1, __ATOMIC_RELAXED);
	ledger_touch(row->opened_ns);
}

bool socket_claim(uint32_t index, enum recorded_life bit)
{
	uint32_t before = __atomic_fetch_or(&socket_row(index)->life, bit, __ATOMIC_ACQ_REL);

	return !(before & bit);
}

void socket_unclaim(uint32_t index, enum recorded_life bit)
{
	__atomic_fetch_and(&socket_row(index)->life, ~(uint32_t)bit, __ATOMIC_ACQ_REL);
}

void socket_ended(uint32_t index, uint64_t now)
{
	__atomic_store_n(&socket_row(index)->eof_ns, now, __ATOMIC_RELEASE);
	__atomic_fetch_add(&ledger_header->eof, 1, __ATOMIC_RELAXED);
	ledger_touch(now);
}

void socket_hold(uint32_t index)
{
	__atomic_fetch_add(&socket_row(index)->descriptors, 1, __ATOMIC_RELAXED);
}

/* May another process, or a ring, hold it too? Then its departure is worth a word. */
static bool may_be_shared(const struct recorded_socket *row)
{
	return __atomic_load_n(&ring_may_hold, __ATOMIC_RELAXED) || (row->life & LIFE_SENT) ||
	       row->source == SOURCE_FORK || row->source == SOURCE_EXEC ||
	       row->source == SOURCE_PASSED ||
	       row->opened_ns <= __atomic_load_n(&last_birth_ns, __ATOMIC_RELAXED);
}

/* Why its close is worth keeping: enum recorded_departure_flag; 0: it is not. */
static uint32_t departure_flags(const struct recorded_socket *row, const struct decision *decision,
				uint64_t now)
{
	uint32_t flags = may_be_shared(row) ? DEPARTED_SHARED : 0;

	if (row->role == ROLE_LISTENER)
		return flags | DEPARTED_LISTENER;
	if (decision->kind != DECIDED_NOT && now >= decision->ns + RECORDED_STUCK_NS)
		flags |= DEPARTED_STUCK;
	if (row->eof_reads >= RECORDED_SPIN_READS)
		flags |= DEPARTED_SPUN;
	return flags;
}

static void note_departure(const struct recorded_socket *row, const struct decision *decision,
			   uint32_t flags, uint32_t closed_stack, int fd, uint64_t now)
{
	struct recording_section *section = ledger_section(SECTION_DEPARTURES);
	struct recorded_departure *departure;
	uint64_t turn = __atomic_load_n(&section->used, __ATOMIC_RELAXED);

	do {
		if (!ledger_reserve(SECTION_DEPARTURES, turn % section->capacity, 1))
			return;
	} while (!__atomic_compare_exchange_n(&section->used, &turn, turn + 1, true,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	departure = ledger_record(SECTION_DEPARTURES, turn % section->capacity);
	__atomic_store_n(&departure->closed_ns, 0, __ATOMIC_RELEASE);
	departure->cookie = row->cookie;
	departure->eof_ns = row->eof_ns;
	departure->opened_stack = row->opened_stack;
	departure->eof_stack = row->eof_stack;
	departure->closed_stack = closed_stack;
	departure->source = row->source;
	departure->kind = row->kind;
	departure->fd = fd;
	departure->flags = flags;
	departure->local = row->local;
	departure->peer = row->peer;
	departure->eof_reads = row->role == ROLE_LISTENER ? 0 : row->eof_reads;
	departure->decided_stack = decision->stack;
	departure->decision = decision->kind;
	departure->decided_ns = decision->ns;
	departure->opened_ns = row->opened_ns;
	departure->last_use_stack = row->last_use_ns ? row->last_use_stack : 0;
	departure->last_use = row->last_use;
	departure->role = row->role;
	__atomic_store_n(&departure->closed_ns, now, __ATOMIC_RELEASE);
}

static void free_row(uint32_t index)
{
	__atomic_fetch_and(&socket_row(index)->life, ~(uint32_t)LIFE_BITS, __ATOMIC_RELEASE);
	__atomic_fetch_sub(&ledger_header->open_now, 1, __ATOMIC_RELAXED);
	push_free(index);
}

void socket_close_one(uint32_t index, uint32_t closed_stack, int fd, uint64_t now)
{
	struct recorded_socket *row = socket_row(index);
	struct decision decision;
	uint32_t flags;

	if (__atomic_fetch_sub(&row->descriptors, 1, __ATOMIC_ACQ_REL) > 1) {
		row->part_closed_stack = closed_stack;
		__atomic_store_n(&row->part_closed_ns, now, __ATOMIC_RELEASE);
		ledger_touch(now);
		return;
	}
	decision = decide_at_close(row, now);
	totals_add(row, &decision, closed_stack, now);
	flags = departure_flags(row, &decision, now);
	if (flags)
		note_departure(row, &decision, flags, closed_stack, fd, now);
	__atomic_fetch_add(&ledger_header->closed, 1, __ATOMIC_RELAXED);
	ledger_touch(now);
	free_row(index);
}

void socket_release(uint32_t index)
{
	if (__atomic_fetch_sub(&socket_row(index)->descriptors, 1, __ATOMIC_ACQ_REL) == 1)
		free_row(index);
}

void socket_lose_one(uint32_t index)
{
	ledger_count_lost(LOST_UNSEEN_ENDS);
	socket_release(index);
}

void socket_note_birth(uint64_t now)
{
	__atomic_store_n(&last_birth_ns, now, __ATOMIC_RELAXED);
}

void socket_note_ring(void)
{
	__atomic_store_n(&ring_may_hold, true, __ATOMIC_RELAXED);
}

void socket_table_reset(void)
{
	__atomic_store_n(&free_rows.head, 0, __ATOMIC_RELAXED);
}

/*
 * Rows keep their places, so that descriptor words hold as they are. Rows in between that were
 * free, or half written by another thread when the copy was made, become free ones.
 */
void socket_table_inherit(const struct recorded_socket *rows, uint32_t row_count,
			  const uint64_t *descriptors, int descriptor_count)
{
	uint32_t i;
	int fd;

	socket_table_reset();
	if (row_count == 0)
		return;
	if (ledger_append(SECTION_SOCKETS, row_count) != 0) {
		ledger_count_lost(LOST_SOCKETS);
		return;
	}
	for (i = 0; i < row_count; i++) {
		struct recorded_socket *row = socket_row(i);

		memcpy(row, &rows[i], sizeof(*row));
		row->source = SOURCE_FORK;
		row->descriptors = 0;
	}
	for (fd = 0; fd < descriptor_count; fd++) {
		uint32_t row = recorded_descriptor_row(descriptors[fd]) - 1;

		if (row >= row_count || !(socket_row(row)->life & LIFE_OPEN))
			continue;
		if (fd_table_put(fd,
				 (struct fd_entry){ .row = row,
						    .duplicate_stack = recorded_descriptor_stack(
							    descriptors[fd]) }))
			socket_row(row)->descriptors++;
	}
	for (i = 0; i < row_count; i++) {
		struct recorded_socket *row = socket_row(i);

		if (row->descriptors > 0) {
			ledger_header->opened++;
			ledger_header->open_now++;
			continue;
		}
		row->life &= ~(uint32_t)LIFE_BITS;
		push_free(i);
	}
}
