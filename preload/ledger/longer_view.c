/* SPDX-License-Identifier: MIT */
/* Makes a view longer while threads, and their signal handlers, use it. */
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include "preload/ledger/ledger.h"
#include "preload/ledger/view_space.h"
#include "preload/platform/clock.h"

/* Far longer than it takes to make a view, and than most schedulers leave a thread waiting. */
#define WAIT_MAX_NS 100000000u

/*
 * The beginning of the rest of section ID, mapped: in a forked child, by way of a mapping from the
 * head up to there, which is cut. NULL: there is no address space.
 */
static char *anchor(struct ledger *ledger, unsigned int id)
{
	uint64_t head = view_head_end(ledger, ledger->header) - VIEW_FIRST;
	uint64_t way = ledger_rest_offset(ledger->layout, id) - head;
	char *seen = __atomic_load_n(&ledger->views[id].anchor, __ATOMIC_ACQUIRE), *map;

	if (seen || !view_may_map(ledger, way + VIEW_FIRST))
		return seen;
	map = mremap((char *)ledger->header + head, 0, way + VIEW_FIRST, MREMAP_MAYMOVE, NULL);
	if (map == MAP_FAILED)
		return NULL;
	munmap(map, way);
	if (__atomic_compare_exchange_n(&ledger->views[id].anchor, &seen, map + way, false,
					__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return map + way;
	munmap(map + way, VIEW_FIRST);
	return seen;
}

/* A view of section ID of SIZE bytes, made of the one of OLD_SIZE at OLD. NULL: no address space.
 */
static char *longer_view(struct ledger *ledger, unsigned int id, char *old, uint64_t old_size,
			 uint64_t size)
{
	const struct ledger_view *view = &ledger->views[id];
	char *base = view_map_nothing(size);
	uint32_t i;

	for (i = 0; base && i < view->pieces; i++) {
		uint64_t from = view->start[i];
		uint64_t end = i + 1 < view->pieces ? view->start[i + 1] : size;
		char *source = from < old_size ? old + from : anchor(ledger, id);

		if (source && mremap(source, 0, end - from, MREMAP_MAYMOVE | MREMAP_FIXED,
				     base + from) != MAP_FAILED)
			continue;
		munmap(base, size);
		return NULL;
	}
	return base;
}

/* A free place among the mappings of section ID, taken for one of SIZE bytes; NULL: there is none.
 */
static struct ledger_mapping *take_mapping(struct ledger *ledger, unsigned int id, uint64_t size)
{
	unsigned int i;

	for (i = 0; i < LEDGER_MAPPINGS_MAX; i++) {
		struct ledger_mapping *mapping = &ledger->mappings[id][i];
		uint64_t unused = 0;

		if (__atomic_compare_exchange_n(&mapping->size, &unused, size, false,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return mapping;
	}
	return NULL;
}

static void give_back(struct ledger_mapping *mapping)
{
	__atomic_store_n(&mapping->base, NULL, __ATOMIC_RELAXED);
	__atomic_store_n(&mapping->size, 0, __ATOMIC_RELEASE);
}

/*
 * As take_mapping(). Where a crowd makes one longer at once, waits until one of it is through: the
 * section no longer begins at OLD then. Not indefinitely: a signal handler may have left one of it
 * by longjmp().
 */
static struct ledger_mapping *await_mapping(struct ledger *ledger, unsigned int id, const char *old,
					    uint64_t size)
{
	struct ledger_mapping *mapping = take_mapping(ledger, id, size);
	uint64_t start = mapping ? 0 : clock_now();

	while (!mapping && __atomic_load_n(&ledger->sections[id], __ATOMIC_ACQUIRE) == old &&
	       clock_now() - start < WAIT_MAX_NS) {
		sched_yield();
		mapping = take_mapping(ledger, id, size);
	}
	return mapping;
}

/*
 * Threads that need a longer view at once make one each; the first to put its own in the place of
 * the one that it was made of has made it for all.
 */
static bool grow(struct ledger *ledger, unsigned int id, char *old, uint64_t old_size,
		 uint64_t size)
{
	struct ledger_mapping *mapping = await_mapping(ledger, id, old, size);
	char *base;

	if (!mapping)
		return __atomic_load_n(&ledger->sections[id], __ATOMIC_ACQUIRE) != old;
	base = longer_view(ledger, id, old, old_size, size);
	if (!base) {
		give_back(mapping);
		return false;
	}
	__atomic_store_n(&mapping->base, base, __ATOMIC_RELEASE);
	if (__atomic_compare_exchange_n(&ledger->sections[id], &old, base, false, __ATOMIC_ACQ_REL,
					__ATOMIC_RELAXED)) {
		__atomic_fetch_add(&ledger->mapped, size, __ATOMIC_RELAXED);
		return true;
	}
	give_back(mapping);
	munmap(base, size);
	return true;
}

bool ledger_views_reach(struct ledger *ledger, enum recording_section_id id, uint64_t size)
{
	uint64_t whole = ledger_section_size(ledger->layout, id), now, next;
	char *base;

	for (;;) {
		base = __atomic_load_n(&ledger->sections[id], __ATOMIC_ACQUIRE);
		now = view_size_at(ledger, id, base);
		if (now >= size)
			return true;
		for (next = now; next < size; next *= 2)
			if (next == 0)
				return false;
		next = view_smaller(next, whole);
		if (next < size || !view_may_map(ledger, next) ||
		    !grow(ledger, id, base, now, next))
			return false;
	}
}
