/* SPDX-License-Identifier: MIT */
#include "preload/ledger/socket_rows.h"

#include <stddef.h>
#include "preload/ledger/descriptor_table.h"
#include "preload/ledger/ledger.h"

/* The tag keeps a pop that slept through a pop and a push of the same row from succeeding (ABA). */
static void push(struct ledger *ledger, uint32_t index)
{
	uint64_t head = __atomic_load_n(&ledger->free_rows, __ATOMIC_RELAXED), next;

	do {
		__atomic_store_n(&socket_row(ledger, index)->next_free, (uint32_t)head,
				 __ATOMIC_RELAXED);
		next = ((head >> 32) + 1) << 32 | (index + 1);
	} while (!__atomic_compare_exchange_n(&ledger->free_rows, &head, next, true,
					      __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

static uint32_t pop(struct ledger *ledger)
{
	uint64_t head = __atomic_load_n(&ledger->free_rows, __ATOMIC_ACQUIRE), next;
	uint32_t index;

	do {
		if ((uint32_t)head == 0)
			return NO_ROW;
		index = (uint32_t)head - 1;
		next = (head & ~0xffffffffull) |
		       __atomic_load_n(&socket_row(ledger, index)->next_free, __ATOMIC_RELAXED);
	} while (!__atomic_compare_exchange_n(&ledger->free_rows, &head, next, true,
					      __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE));
	return index;
}

/* From the cookie up to what outlives a socket. */
#define WORDS                                                                                      \
	((offsetof(struct recorded_socket, next_free) -                                            \
	  offsetof(struct recorded_socket, cookie)) /                                              \
	 sizeof(uint64_t))

/* What was appended behind that. */
#define LATER_WORDS                                                                                \
	((sizeof(struct recorded_socket) - offsetof(struct recorded_socket, touched_ns)) /         \
	 sizeof(uint64_t))

/*
 * A new generation, ahead of all that is stored in the row: a reader in another process that saw
 * any of it sees the generation as well. Word by word: another thread may read the old one.
 */
static void begin_life(struct recorded_socket *row)
{
	uint32_t life = __atomic_load_n(&row->life, __ATOMIC_RELAXED) & ~(uint32_t)LIFE_BITS;
	uint64_t *words = &row->cookie, *later = &row->touched_ns;
	size_t i;

	__atomic_store_n(&row->life, life + LIFE_GENERATION, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	__atomic_store_n(&row->descriptors, 0, __ATOMIC_RELAXED);
#pragma GCC unroll 32
	for (i = 0; i < WORDS; i++)
		__atomic_store_n(&words[i], 0, __ATOMIC_RELAXED);
#pragma GCC unroll 32
	for (i = 0; i < LATER_WORDS; i++)
		__atomic_store_n(&later[i], 0, __ATOMIC_RELAXED);
	__atomic_store_n(&row->references, 1, __ATOMIC_RELAXED);
}

uint32_t socket_rows_take(struct ledger *ledger)
{
	uint32_t index = pop(ledger);
	uint64_t fresh;

	if (index == NO_ROW) {
		fresh = ledger_append(ledger, SECTION_SOCKETS, 1);
		if (fresh == UINT64_MAX) {
			ledger_count_lost(ledger, LOST_SOCKETS);
			return NO_ROW;
		}
		index = (uint32_t)fresh;
	}
	begin_life(socket_row(ledger, index));
	return index;
}

void socket_rows_give_back(struct ledger *ledger, uint32_t index)
{
	__atomic_fetch_and(&socket_row(ledger, index)->life, ~(uint32_t)LIFE_BITS,
			   __ATOMIC_RELEASE);
	push(ledger, index);
}
