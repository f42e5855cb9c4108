/* SPDX-License-Identifier: MIT */
#include "preload/unwind/unwind_rules.h"

#include <stddef.h>
#include <sys/mman.h>

/*
 * Open addressing. A slot is claimed for an address by one compare-and-swap and belongs to it from
 * then on; its rule is one word, so a reader sees a whole rule of that address, or none. What is
 * no longer valid keeps its slot and is recognised by the generation inside the word: unloading
 * code costs one store, and rules of code that is loaded where other code was find their slots
 * again.
 *
 * A program has a few hundred places from which sockets are opened, read and closed, some of which
 * share their callers. Each probe after the first lies in the same cache line or the next one.
 */
#define PROBES 8u

struct unwind_slot *unwind_slots;
uint32_t unwind_generation;
static uint64_t lost;

#define GENERATIONS (1u << 24)
#define CFA_MAX     ((1 << 23) - 1)
#define FP_MIN      (-(1 << 11) * 8)

bool unwind_rules_start(void)
{
	/* The probes of the last slot go on behind it. */
	void *map =
		mmap(NULL, (UNWIND_SLOTS + PROBES) * sizeof(*unwind_slots), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (map == MAP_FAILED)
		return false;
	unwind_slots = map;
	return true;
}

uint64_t unwind_rules_search(uint64_t address)
{
	const struct unwind_slot *slot = unwind_first_slot(address);
	uint32_t i;

	for (i = 0; i < PROBES; i++, slot++) {
		uint64_t owner = __atomic_load_n(&slot->address, __ATOMIC_RELAXED), rule;

		if (owner == 0)
			return 0;
		if (owner != address)
			continue;
		rule = __atomic_load_n(&slot->rule, __ATOMIC_RELAXED);
		return rule >> 40 == unwind_rules_generation() ? rule : 0;
	}
	return 0;
}

static bool pack(uint32_t when, const struct unwind_rule *rule, uint64_t *packed)
{
	int32_t fp = rule->fp < 0 ? rule->fp / 8 : rule->fp;

	if (rule->cfa > CFA_MAX || rule->cfa < -CFA_MAX || rule->fp < FP_MIN ||
	    (rule->fp < 0 && rule->fp % 8))
		return false;
	*packed = (uint64_t)when << 40 | ((uint64_t)rule->cfa & 0xffffff) << 16 |
		  ((uint64_t)fp & 0xfff) << 4 | rule->kind;
	return true;
}

/* The slot that is or becomes that of ADDRESS, or NULL. */
static struct unwind_slot *claim(uint64_t address)
{
	struct unwind_slot *slot = unwind_first_slot(address);
	uint32_t i;

	for (i = 0; i < PROBES; i++, slot++) {
		uint64_t owner = __atomic_load_n(&slot->address, __ATOMIC_RELAXED);

		if (owner == address ||
		    (owner == 0 &&
		     __atomic_compare_exchange_n(&slot->address, &owner, address, false,
						 __ATOMIC_RELAXED, __ATOMIC_RELAXED)) ||
		    owner == address)
			return slot;
	}
	return NULL;
}

void unwind_rules_store(uint64_t address, uint32_t when, const struct unwind_rule *rule)
{
	struct unwind_slot *slot;
	uint64_t packed;

	if (!unwind_slots || !pack(when, rule, &packed) || !(slot = claim(address))) {
		__atomic_fetch_add(&lost, 1, __ATOMIC_RELAXED);
		return;
	}
	__atomic_store_n(&slot->rule, packed, __ATOMIC_RELAXED);
}

/*
 * After 16 million unloadings the numbers begin again: all that is stored is dropped then, so that
 * no old rule is taken for a new one.
 */
void unwind_rules_forget(void)
{
	uint32_t now = unwind_rules_generation(), i;

	while (!__atomic_compare_exchange_n(&unwind_generation, &now, (now + 1) % GENERATIONS,
					    false, __ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE))
		;
	if (now + 1 < GENERATIONS || !unwind_slots)
		return;
	for (i = 0; i < UNWIND_SLOTS + PROBES; i++)
		__atomic_store_n(&unwind_slots[i].rule, 0, __ATOMIC_RELAXED);
}

uint64_t unwind_rules_lost(void)
{
	return __atomic_load_n(&lost, __ATOMIC_RELAXED);
}
