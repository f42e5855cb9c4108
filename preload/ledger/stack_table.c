/* SPDX-License-Identifier: MIT */
#include "preload/ledger/stack_table.h"

#include <string.h>
#include <sys/mman.h>
#include "preload/unwind/backtrace.h"
#include "preload/ledger/ledger.h"
#include "preload/ledger/module_map.h"
#include "preload/runtimes/python/python_frames.h"
#include "preload/runtimes/python/python_interpreter.h"

/*
 * Index: hash -> stack id, open addressing, private memory (1 MiB of address space, of which a
 * page is touched for each kilo-slot in use). An entry is written in full before its id is
 * published in the index; who loses the race for a slot leaves an unreferenced entry behind.
 */
#define INDEX_SLOTS (1u << 18)
#define PROBES      64u

static uint32_t *index_slots;
static unsigned int frames_limit;

/*
 * Stacks whose code was unloaded, marked in the index by this bit: ids are offsets in units of 8
 * bytes of a section that is at most 64 MiB, so that the upper bits are free.
 */
#define RETIRED 0x80000000u

bool stack_table_start(unsigned int frames)
{
	void *map = mmap(NULL, INDEX_SLOTS * sizeof(*index_slots), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (map == MAP_FAILED)
		return false;
	index_slots = map;
	frames_limit = frames;
	return true;
}

static struct recorded_stack *stack_at(uint32_t id)
{
	return ledger_record(SECTION_STACKS, (uint64_t)id * RECORDED_STACK_UNIT);
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

static bool same_frames(uint32_t id, uint32_t hash, const uint64_t *pc, size_t frames)
{
	const struct recorded_stack *stack = stack_at(id);

	return stack->hash == hash && stack->frames == frames &&
	       memcmp(stack->pc, pc, frames * sizeof(*pc)) == 0;
}

static uint32_t append_stack(uint32_t hash, const uint64_t *pc, size_t frames, bool cut)
{
	size_t size = sizeof(struct recorded_stack) + frames * sizeof(*pc);
	struct recorded_stack *stack;
	uint64_t place;

	/* Modules first: a stack must not be readable before what its addresses mean is. */
	uint32_t seq = module_map_cover(pc, frames);

	place = ledger_append(SECTION_STACKS, size);
	if (place == UINT64_MAX)
		return 0;
	stack = ledger_record(SECTION_STACKS, place);
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
static uint32_t find(uint32_t hash, const uint64_t *pc, size_t frames, struct vacancy *vacancy)
{
	uint32_t i;

	*vacancy = (struct vacancy){ .slot = NULL };
	for (i = 0; i < PROBES; i++) {
		uint32_t *slot = &index_slots[(hash + i) % INDEX_SLOTS];
		uint32_t seen = __atomic_load_n(slot, __ATOMIC_ACQUIRE);

		if (seen == 0) {
			if (!vacancy->held_same)
				take_vacancy(vacancy, slot, seen);
			return 0;
		}
		if (same_frames(seen & ~RETIRED, hash, pc, frames)) {
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

static uint32_t intern(const uint64_t *pc, size_t frames, bool cut)
{
	uint32_t hash = hash_frames(pc, frames), fresh = 0, id, i;
	struct vacancy vacancy;

	id = find(hash, pc, frames, &vacancy);
	if (id == 0 && vacancy.held_same) {
		/* The code may be back in its place, and its stacks with it. */
		module_map_cover(pc, frames);
		id = find(hash, pc, frames, &vacancy);
	}
	for (i = 0; id == 0 && vacancy.slot && i < PROBES; i++) {
		if (fresh == 0)
			fresh = append_stack(hash, pc, frames, cut);
		if (fresh == 0)
			return 0;
		if (__atomic_compare_exchange_n(vacancy.slot, &vacancy.seen, fresh, false,
						__ATOMIC_RELEASE, __ATOMIC_RELAXED))
			return fresh;
		id = find(hash, pc, frames, &vacancy);
	}
	return id;
}

/*
 * In a process that runs Python: as many native frames as there can be, because each frame of a
 * script stands for several.
 */
static uint32_t __attribute__((noinline)) mixed_stack_here(void)
{
	uint64_t native[RECORDED_FRAMES_MAX], merged[RECORDED_FRAMES_MAX];
	size_t frames, found;
	bool cut;

	found = backtrace_take(native, RECORDED_FRAMES_MAX, &cut);
	if (found == 0)
		return 0;
	frames = python_frames_merge(native, found, merged, frames_limit, &cut);
	if (frames > 0)
		return intern(merged, frames, cut);
	if (found > frames_limit)
		return intern(native, frames_limit, true);
	return intern(native, found, cut);
}

/*
 * The arrays are as long as they need to be, not as they may: the caller may be a handler on an
 * alternate stack of 8 KiB, of which libunwind may take 3.
 */
static uint32_t __attribute__((noinline)) native_stack_here(void)
{
	uint64_t pc[frames_limit];
	size_t frames;
	bool cut;

	frames = backtrace_take(pc, frames_limit, &cut);
	return frames > 0 ? intern(pc, frames, cut) : 0;
}

uint32_t stack_here(void)
{
	uint32_t id = 0;

	if (!python_interpreter())
		id = native_stack_here();
	/* Also after a stack with new code in it: that may have been the interpreter. */
	if (python_interpreter())
		id = mixed_stack_here();
	if (id == 0)
		ledger_count_lost(LOST_STACKS);
	return id;
}

bool stack_table_retire(bool (*moved)(uint64_t pc, uint32_t seq))
{
	bool news = false;
	uint32_t i, f;

	for (i = 0; i < INDEX_SLOTS; i++) {
		uint32_t id = __atomic_load_n(&index_slots[i], __ATOMIC_ACQUIRE);
		const struct recorded_stack *stack;
		bool gone = false;

		if (id == 0)
			continue;
		stack = stack_at(id & ~RETIRED);
		for (f = 0; f < stack->frames && !gone; f++)
			gone = moved(stack->pc[f], stack->seq);
		__atomic_store_n(&index_slots[i], (id & ~RETIRED) | (gone ? RETIRED : 0),
				 __ATOMIC_RELEASE);
		news |= gone && !(id & RETIRED);
	}
	return news;
}
