/* SPDX-License-Identifier: MIT */
#include "preload/ledger/ledger_views.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include "preload/platform/clock.h"

/* What is mapped of a section that grows when little is in it; a multiple of any page size. */
#define VIEW_FIRST LEDGER_ALIGNMENT

/* How long a thread waits for another one that makes a view longer. */
#define WAIT_MAX_NS 50000000ull

/* Where the program limits its address space, all views together take no more of it than this. */
#define SHARE_OF_LIMIT 8

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static char *map_file(void *place, const struct ledger_file *file, uint64_t offset, uint64_t size)
{
	int fixed = place ? MAP_FIXED : 0;
	void *map = mmap(place, size, PROT_READ | PROT_WRITE, MAP_SHARED | fixed, file->fd,
			 (off_t)offset);

	return map == MAP_FAILED ? NULL : map;
}

/* Else a first touch reads ahead megabytes of zeros: 1.6 ms in place of 25 us (ext4). */
static void settle(void *map, uint64_t size)
{
	madvise(map, size, MADV_RANDOM);
}

static uint64_t first_size(const struct ledger *ledger, enum recording_section_id id)
{
	uint64_t whole = ledger_section_size(ledger->layout, id);

	return ledger->maps_whole || ledger->layout->written_whole ? whole
								   : smaller(whole, VIEW_FIRST);
}

/* Bytes of all first views and of the head, which lie one behind the other. */
static uint64_t first_sizes(const struct ledger *ledger)
{
	uint64_t size = ledger_head_size(ledger->layout);
	unsigned int id;

	for (id = 0; id < SECTION_COUNT; id++)
		size += ledger_is_in_head(id) ? 0 : first_size(ledger, id);
	return size;
}

/* May the program's address space have SIZE bytes more of ours? */
static bool may_map(const struct ledger *ledger, uint64_t size)
{
	uint64_t mapped = __atomic_load_n(&ledger->mapped, __ATOMIC_RELAXED);
	struct rlimit limit;

	return getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
	       mapped + size <= limit.rlim_cur / SHARE_OF_LIMIT;
}

bool ledger_views_may_take(struct ledger *ledger, uint64_t beside)
{
	ledger->mapped = beside;
	return may_map(ledger, first_sizes(ledger));
}

struct recording_header *ledger_views_map(struct ledger *ledger, const struct ledger_file *file)
{
	const struct ledger_layout *layout = ledger->layout;
	uint64_t head = ledger_head_size(layout), size = first_sizes(ledger), at = head;
	unsigned int id;
	char *base;

	/* One after the other, so that they are settled by one call. */
	base = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED)
		return NULL;
	if (!map_file(base, file, 0, head))
		goto failed;
	for (id = 0; id < SECTION_COUNT; id++) {
		struct ledger_view *view = &ledger->views[id];
		uint64_t offset = ledger_section_offset(layout, id);

		*view = (struct ledger_view){ .size = first_size(ledger, id), .pieces = 1 };
		if (ledger_is_in_head(id)) {
			view->size = ledger_section_size(layout, id);
			ledger->sections[id] = base + offset;
			continue;
		}
		if (!map_file(base + at, file, offset, view->size))
			goto failed;
		ledger->sections[id] = base + at;
		at += view->size;
	}
	settle(base, size);
	ledger->mapped += size;
	return (struct recording_header *)(void *)base;
failed:
	munmap(base, size);
	return NULL;
}

/*
 * Where the part of the head that is the file's own without a gap ends: the first section, in the
 * order of the file, of which records are inherited.
 */
static uint64_t head_end(const struct ledger_layout *layout, const struct recording_header *header)
{
	uint64_t end = ledger_head_size(layout);
	unsigned int id;

	for (id = 0; id < SECTION_COUNT; id++)
		if (ledger_is_in_head(id) && header->sections[id].inherited)
			end = smaller(end, header->sections[id].offset);
	return end;
}

/* Where in section ID the file's own records begin. */
static uint64_t own_start(const struct recording_header *header, unsigned int id)
{
	const struct recording_section *section = &header->sections[id];

	return ledger_round_to_chunk((uint64_t)section->inherited * section->record_size);
}

/* Of the head, what lies behind records that are inherited. From the end on. */
static bool replace_in_head(struct ledger *ledger, const struct ledger_file *file,
			    const struct recording_header *header)
{
	uint64_t end = ledger_head_size(ledger->layout), first = head_end(ledger->layout, header);
	char *base = (char *)ledger->parent;

	while (end > first) {
		uint64_t from = 0, section = 0;
		unsigned int id;

		/* The last section ahead of END that inherits. */
		for (id = 0; id < SECTION_COUNT; id++)
			if (ledger_is_in_head(id) && header->sections[id].inherited &&
			    header->sections[id].offset < end &&
			    header->sections[id].offset >= section) {
				section = header->sections[id].offset;
				from = section + own_start(header, id);
			}
		if (from < end && !map_file(base + from, file, from, end - from))
			return false;
		end = section;
	}
	return true;
}

/* The file's own part of a view begins at FROM. */
static void begin_piece(struct ledger_view *view, uint64_t from)
{
	if (from == 0)
		view->pieces = 0;
	if (view->pieces && view->start[view->pieces - 1] == from)
		return;
	view->start[view->pieces++] = from;
}

static bool replace_view(struct ledger *ledger, const struct ledger_file *file,
			 const struct recording_header *header, unsigned int id)
{
	uint64_t from = own_start(header, id);
	struct ledger_view *view = &ledger->views[id];
	char *place;

	view->claimed = false; /* it may have been another thread's */
	/* Room for records of its own: later on there is no descriptor to map the file by. */
	if (!ledger_views_reach(ledger, id, from + RECORDING_CHUNK))
		return false;
	place = ledger->sections[id] + from;
	if (!map_file(place, file, header->sections[id].offset + from, view->size - from))
		return false;
	begin_piece(view, from);
	/* The first ones are all settled at once. */
	if (view->size > first_size(ledger, id))
		settle(place, view->size - from);
	return true;
}

bool ledger_views_replace(struct ledger *ledger, const struct ledger_file *file,
			  const struct recording_header *header)
{
	unsigned int id;

	for (id = 0; id < SECTION_COUNT; id++)
		if (!ledger_is_in_head(id) && !replace_view(ledger, file, header, id))
			return false;
	return replace_in_head(ledger, file, header);
}

bool ledger_views_replace_header(struct ledger *ledger, const struct ledger_file *file,
				 const struct recording_header *header)
{
	if (!map_file(ledger->parent, file, 0, head_end(ledger->layout, header)))
		return false;
	settle(ledger->parent, first_sizes(ledger));
	return true;
}

/* A longer view of section ID; NULL: there is no address space. */
static char *longer_view(const struct ledger *ledger, unsigned int id, char *old, uint64_t size)
{
	const struct ledger_view *view = &ledger->views[id];
	char *base =
		mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uint32_t i;

	if (base == MAP_FAILED)
		return NULL;
	for (i = 0; i < view->pieces; i++) {
		uint64_t from = view->start[i];
		uint64_t end = i + 1 < view->pieces ? view->start[i + 1] : size;

		if (mremap(old + from, 0, end - from, MREMAP_MAYMOVE | MREMAP_FIXED, base + from) !=
		    MAP_FAILED)
			continue;
		munmap(base, size);
		return NULL;
	}
	return base;
}

/* Keeps where a view is that is not used any more, for ledger_views_unmap(). */
static void outgrow(struct ledger *ledger, char *base, uint64_t size)
{
	uint32_t place = __atomic_fetch_add(&ledger->outgrown_count, 1, __ATOMIC_RELAXED);

	if (place < LEDGER_OUTGROWN_MAX)
		ledger->outgrown[place] = (struct ledger_outgrown){ base, size };
}

/* Whoever has claimed the view makes it longer. */
static bool grow(struct ledger *ledger, unsigned int id, uint64_t size)
{
	uint64_t whole = ledger_section_size(ledger->layout, id), next;
	struct ledger_view *view = &ledger->views[id];
	char *old = ledger->sections[id], *base;

	if (view->size >= size)
		return true;
	for (next = view->size; next < size; next *= 2)
		;
	next = smaller(next, whole);
	if (next < size || !may_map(ledger, next))
		return false;
	base = longer_view(ledger, id, old, next);
	if (!base)
		return false;
	outgrow(ledger, old, view->size);
	/* A size is seen with its base, or with a longer one's. */
	__atomic_store_n(&ledger->sections[id], base, __ATOMIC_RELEASE);
	__atomic_store_n(&view->size, next, __ATOMIC_RELEASE);
	__atomic_fetch_add(&ledger->mapped, next, __ATOMIC_RELAXED);
	return true;
}

bool ledger_views_reach(struct ledger *ledger, enum recording_section_id id, uint64_t size)
{
	struct ledger_view *view = &ledger->views[id];
	uint64_t start = 0;
	bool is_free, grown;

	while (__atomic_load_n(&view->size, __ATOMIC_ACQUIRE) < size) {
		is_free = false;
		if (__atomic_compare_exchange_n(&view->claimed, &is_free, true, false,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
			grown = grow(ledger, id, size);
			__atomic_store_n(&view->claimed, false, __ATOMIC_RELEASE);
			if (!grown)
				return false;
			continue;
		}
		/* A signal handler may have left the visit of who claimed it: not for long. */
		if (start == 0)
			start = clock_now();
		if (clock_now() - start > WAIT_MAX_NS)
			return false;
		sched_yield();
	}
	return true;
}

void ledger_views_unmap(struct ledger *ledger, struct recording_header *header)
{
	unsigned int id;
	uint32_t i;

	for (i = 0; i < ledger->outgrown_count && i < LEDGER_OUTGROWN_MAX; i++)
		munmap(ledger->outgrown[i].base, ledger->outgrown[i].size);
	for (id = 0; id < SECTION_COUNT; id++)
		if (!ledger_is_in_head(id))
			munmap(ledger->sections[id], ledger->views[id].size);
	munmap(header, ledger_head_size(ledger->layout));
}
