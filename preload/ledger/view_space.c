/* SPDX-License-Identifier: MIT */
#include "preload/ledger/view_space.h"

#include <stddef.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* Where the program limits its address space, all views together take no more of it than this. */
#define SHARE_OF_LIMIT 8

char *view_map_nothing(uint64_t size)
{
	void *map = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return map == MAP_FAILED ? NULL : map;
}

bool view_map_file(void *place, const struct ledger_file *file, uint64_t offset, uint64_t size)
{
	return mmap(place, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file->fd,
		    (off_t)offset) != MAP_FAILED;
}

void view_settle(void *map, uint64_t size)
{
	madvise(map, size, MADV_RANDOM);
}

bool view_is_whole(const struct ledger *ledger)
{
	return ledger->maps_whole || ledger->layout->written_whole;
}

uint64_t view_rest_size(const struct ledger *ledger, unsigned int id)
{
	return ledger_section_size(ledger->layout, id) - ledger_front_size(ledger->layout, id);
}

uint64_t view_first_behind(const struct ledger *ledger, unsigned int id)
{
	uint64_t size = ledger_section_size(ledger->layout, id);

	switch (ledger_place_of(id)) {
	case PLACE_BEHIND:
		return view_is_whole(ledger) ? size : view_smaller(size, VIEW_FIRST);
	case PLACE_FRONT: /* whole once more, or what a longer view is made of */
		return view_is_whole(ledger) ? size
					     : view_smaller(view_rest_size(ledger, id), VIEW_FIRST);
	default:
		return 0;
	}
}

uint64_t view_first_sizes(const struct ledger *ledger)
{
	uint64_t size = ledger_head_size(ledger->layout);
	unsigned int id;

	for (id = 0; id < SECTION_COUNT; id++)
		size += view_first_behind(ledger, id);
	return size;
}

bool view_may_map(const struct ledger *ledger, uint64_t size)
{
	uint64_t mapped = __atomic_load_n(&ledger->mapped, __ATOMIC_RELAXED);
	struct rlimit limit;

	return getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
	       mapped + size <= limit.rlim_cur / SHARE_OF_LIMIT;
}

uint64_t view_head_end(const struct ledger *ledger, const struct recording_header *header)
{
	uint64_t end = ledger_head_size(ledger->layout);
	unsigned int id;

	for (id = 0; id < SECTION_COUNT; id++)
		if (ledger_place_of(id) == PLACE_HEAD && header->sections[id].inherited)
			end = view_smaller(end, header->sections[id].offset);
	return end;
}

uint64_t view_size_at(const struct ledger *ledger, unsigned int id, const char *base)
{
	unsigned int i;

	for (i = 0; i < LEDGER_MAPPINGS_MAX; i++)
		if (__atomic_load_n(&ledger->mappings[id][i].base, __ATOMIC_ACQUIRE) == base)
			return __atomic_load_n(&ledger->mappings[id][i].size, __ATOMIC_RELAXED);
	return 0;
}
