/* SPDX-License-Identifier: MIT */
/*
 * An entry of a cache that all threads use without a lock. Whoever finds another one writing takes
 * the long way: nobody waits. Signal-safe, any thread.
 */
#ifndef FINLEAK_CACHE_SLOT_H
#define FINLEAK_CACHE_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Copies ENTRY of SIZE bytes to COPY. TURN is the entry's own, 0 to begin with, and odd while it is
 * written. False: it is, or was meanwhile.
 */
static inline bool cache_slot_read(const uint32_t *turn, const void *entry, void *copy, size_t size)
{
	uint32_t before = __atomic_load_n(turn, __ATOMIC_ACQUIRE);

	if (before & 1)
		return false;
	__builtin_memcpy(copy, entry, size);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(turn, __ATOMIC_RELAXED) == before;
}

/* Stores FROM in ENTRY, unless another one is about to. */
static inline void cache_slot_write(uint32_t *turn, void *entry, const void *from, size_t size)
{
	uint32_t before = __atomic_load_n(turn, __ATOMIC_RELAXED);

	if ((before & 1) || !__atomic_compare_exchange_n(turn, &before, before + 1, false,
							 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	__builtin_memcpy(entry, from, size);
	__atomic_store_n(turn, before + 2, __ATOMIC_RELEASE);
}

#endif
