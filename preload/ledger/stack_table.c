/* SPDX-License-Identifier: MIT */
#include "preload/ledger/stack_table.h"

#include <string.h>
#include "preload/ledger/ledger.h"

#define PROBES 64u

/*
 * Stacks whose code was unloaded, marked in the index by this bit: ids are offsets in units of 8
 * bytes of a section that is at most 64 MiB, so that the upper bits are free.
 */
#define RETIRED 0x80000000u

static struct recorded_stack *stack_at(const struct ledger *ledger, uint32_t id)
{
	return (struct recorded_stack *)(void *)(ledger_base(ledger, SECTION_STACKS) +
						 (uint64_t)id * RECORDED_STACK_UNIT);
}

static uint32_t hash_frames(const uint64_t *pc, size_t frames)
{
	uint64_t hash = frames;
	size_t i;

	for (i = 0; i < frames; i++) {
		hash = (hash ^ pc[i]) * 0x9e3779b97f4a7c15ull;
		hash ^= hash >> 32;
	}
	return (uint32_t)hash;
}

static bool same_frames(const struct recorded_stack *stack, uint32_t hash, const uint64_t *pc,
			size_t frames)
{
	return stack->hash == hash && stack->frames == frames &&
	       memcmp(stack->pc, pc, frames * sizeof(*pc)) == 0;
}

static uint32_t append_stack(struct ledger *ledger, uint32_t hash, const uint64_t *pc,
			     size_t frames, bool cut, uint32_t seq)
{
	size_t size = sizeof(struct recorded_stack) + frames * sizeof(*pc);
	uint64_t place = ledger_append(ledger, SECTION_STACKS, size);
	struct recorded_stack *stack;

	if (place == UINT64_MAX)
		return 0;
	stack = stack_at(ledger, (uint32_t)(place / RECORDED_STACK_UNIT));
	stack->hash = hash;
	stack->frames = (uint16_t)frames;
	stack->cut = cut;
	stack->seq = seq;
	memcpy(stack->pc, pc, frames * sizeof(*pc));
	return (uint32_t)(place / RECORDED_STACK_UNIT);
}

/* Where a stack that is not in the index may go, and what stands there now. */
struct vacancy {
	uint32_t *slot; /* NULL: there is no room */
	uint32_t seen;
	bool held_same; /* the same addresses, of code that was unloaded */
};

static void take_vacancy(struct vacancy *vacancy, uint32_t *slot, uint32_t seen)
{
	vacancy->slot = slot;
	vacancy->seen = seen;
}

/*
 * The id of the stack, or 0. Its place then: that of the same addresses whose code was unloaded,
 * else an empty one, else that of any stack whose code was unloaded. A program that loads a plugin
 * again and again would use up all places otherwise.
 */
static uint32_t find(const struct ledger *ledger, uint32_t hash, const uint64_t *pc, size_t frames,
		     struct vacancy *vacancy)
{
	uint32_t i;

	*vacancy = (struct vacancy){ .slot = NULL };
	for (i = 0; i < PROBES; i++) {
		uint32_t *slot = ledger_slot(&ledger->stacks, hash, i);
		uint32_t seen = __atomic_load_n(slot, __ATOMIC_ACQUIRE);

		if (seen == 0) {
			if (!vacancy->held_same)
				take_vacancy(vacancy, slot, seen);
			return 0;
		}
		if (same_frames(stack_at(ledger, seen & ~RETIRED), hash, pc, frames)) {
			if (!(seen & RETIRED))
				return seen;
			take_vacancy(vacancy, slot, seen);
			vacancy->held_same = true;
		} else if ((seen & RETIRED) && !vacancy->slot) {
			take_vacancy(vacancy, slot, seen);
		}
	}
	return 0;
}

/* As find(), without a thought for a vacancy: of a stack that is taken, the usual one is known. */
uint32_t stack_find(const struct ledger *ledger, const uint64_t *pc, size_t frames)
{
	uint32_t hash = hash_frames(pc, frames), i;

	for (i = 0; i < PROBES; i++) {
		uint32_t seen =
			__atomic_load_n(ledger_slot(&ledger->stacks, hash, i), __ATOMIC_ACQUIRE);

		if (seen == 0)
			break;
		if (!(seen & RETIRED) && same_frames(stack_at(ledger, seen), hash, pc, frames))
			return seen;
	}
	return 0;
}

uint32_t stack_add(struct ledger *ledger, const uint64_t *pc, size_t frames, bool cut, uint32_t seq)
{
	uint32_t hash = hash_frames(pc, frames), fresh = 0, id, i;
	struct vacancy vacancy;

	id = find(ledger, hash, pc, frames, &vacancy);
	for (i = 0; id == 0 && vacancy.slot && i < PROBES; i++) {
		if (fresh == 0)
			fresh = append_stack(ledger, hash, pc, frames, cut, seq);
		if (fresh == 0)
			return 0;
		if (__atomic_compare_exchange_n(vacancy.slot, &vacancy.seen, fresh, false,
						__ATOMIC_RELEASE, __ATOMIC_RELAXED))
			return fresh;
		id = find(ledger, hash, pc, frames, &vacancy);
	}
	return id;
}

bool stack_table_retire(struct ledger *ledger,
			bool (*moved)(const struct ledger *ledger, uint64_t pc, uint32_t seq))
{
	bool news = false;
	uint32_t i, f;

	for (i = 0; i < ledger_slots(&ledger->stacks); i++) {
		uint32_t *slot = &ledger->stacks.slots[i];
		uint32_t seen = __atomic_load_n(slot, __ATOMIC_ACQUIRE), marked;

		if (seen == 0)
			continue;
		/* Another stack may take the place meanwhile, as stack_add() does: not over that.
		 */
		do {
			const struct recorded_stack *stack = stack_at(ledger, seen & ~RETIRED);
			bool gone = false;

			for (f = 0; f < stack->frames && !gone; f++)
				gone = moved(ledger, stack->pc[f], stack->seq);
			marked = (seen & ~RETIRED) | (gone ? RETIRED : 0);
		} while (marked != seen &&
			 !__atomic_compare_exchange_n(slot, &seen, marked, false, __ATOMIC_ACQ_REL,
						      __ATOMIC_ACQUIRE));
		news |= (marked & RETIRED) && !(seen & RETIRED);
	}
	return news;
}
