/* SPDX-License-Identifier: MIT */
#include "preload/ledger/ledger_views.h"

#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include "preload/platform/clock.h"

/* What is mapped of a section behind the head, and of a rest, when nothing is in it. */
#define VIEW_FIRST LEDGER_ALIGNMENT

/* Where the program limits its address space, all views together take no more of it than this. */
#define SHARE_OF_LIMIT 8

/* Far longer than it takes to make a view, and than most schedulers leave a thread waiting. */
#define WAIT_MAX_NS 100000000u

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* SIZE bytes of address space that nothing is mapped to yet, or NULL. */
static char *map_nothing(uint64_t size)
{
	void *map = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return map == MAP_FAILED ? NULL : map;
}

/* Maps SIZE bytes of FILE from OFFSET at PLACE, over what is there. */
static bool map_file(void *place, const struct ledger_file *file, uint64_t offset, uint64_t size)
{
	return mmap(place, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file->fd,
		    (off_t)offset) != MAP_FAILED;
}

/* Else a first touch reads ahead megabytes of zeros: 1.6 ms in place of 25 us (ext4). */
static void settle(void *map, uint64_t size)
{
	madvise(map, size, MADV_RANDOM);
}

/* Views can't be made longer, or need not be: all is mapped at once. */
static bool is_whole(const struct ledger *ledger)
{
	return ledger->maps_whole || ledger->layout->written_whole;
}

/* The rest of a section with a front, bytes; 0: it has none. */
static uint64_t rest_size(const struct ledger *ledger, unsigned int id)
{
	return ledger_section_size(ledger->layout, id) - ledger_front_size(ledger->layout, id);
}

/* What is mapped behind the head of section ID at first, bytes. */
static uint64_t first_behind(const struct ledger *ledger, unsigned int id)
{
	uint64_t size = ledger_section_size(ledger->layout, id);

	switch (ledger_place_of(id)) {
	case PLACE_BEHIND:
		return is_whole(ledger) ? size : smaller(size, VIEW_FIRST);
	case PLACE_FRONT: /* whole once more, or what a longer view is made of */
		return is_whole(ledger) ? size : smaller(rest_size(ledger, id), VIEW_FIRST);
	default:
		return 0;
	}
}

static uint64_t first_sizes(const struct ledger *ledger)
{
	uint64_t size = ledger_head_size(ledger->layout);
	unsigned int id;

	for (id = 0; id < SECTION_COUNT; id++)
		size += first_behind(ledger, id);
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

/* The section's view, from now on, is the one of SIZE bytes at BASE. */
static void begin_view(struct ledger *ledger, unsigned int id, char *base, uint64_t size)
{
	ledger->mappings[id][0] = (struct ledger_mapping){ base, size };
	ledger->sections[id] = base;
}

/* Both pieces of a section with a front, one behind the other. */
static bool map_both(const struct ledger *ledger, const struct ledger_file *file, unsigned int id,
		     char *place)
{
	uint64_t front = ledger_front_size(ledger->layout, id), rest = rest_size(ledger, id);

	return map_file(place, file, ledger_section_offset(ledger->layout, id), front) &&
	       (rest == 0 ||
		map_file(place + front, file, ledger_rest_offset(ledger->layout, id), rest));
}

/* Maps what is mapped of section ID behind the head, at PLACE; HEAD is where that is. */
static bool map_behind(struct ledger *ledger, const struct ledger_file *file, unsigned int id,
		       char *head, char *place)
{
	uint64_t offset = ledger_section_offset(ledger->layout, id);
	uint64_t front = ledger_front_size(ledger->layout, id), size = first_behind(ledger, id);
	struct ledger_view *view = &ledger->views[id];

	*view = (struct ledger_view){
		.first_grain = ledger_first_grain(ledger->layout, id),
		.pieces = 1,
	};
	if (ledger_place_of(id) == PLACE_BEHIND) {
		begin_view(ledger, id, place, size);
		return map_file(place, file, offset, size);
	}
	if (rest_size(ledger, id) > 0)
		view->start[view->pieces++] = front;
	if (ledger_place_of(id) == PLACE_FRONT && is_whole(ledger)) {
		begin_view(ledger, id, place, size);
		return map_both(ledger, file, id, place);
	}
	begin_view(ledger, id, head + offset, front);
	if (size == 0)
		return true;
	view->anchor = place;
	return map_file(place, file, ledger_rest_offset(ledger->layout, id), size);
}

struct recording_header *ledger_views_map(struct ledger *ledger, const struct ledger_file *file)
{
	uint64_t head = ledger_head_size(ledger->layout), size = first_sizes(ledger), at = head;
	char *base = map_nothing(size); /* in one, so that it is settled by one call */
	unsigned int id;

	if (!base)
		return NULL;
	if (!map_file(base, file, 0, head))
		goto failed;
	for (id = 0; id < SECTION_COUNT; id++) {
		if (!map_behind(ledger, file, id, base, base + at))
			goto failed;
		at += first_behind(ledger, id);
	}
	settle(base, size);
	ledger->mapped += size;
	return (struct recording_header *)(void *)base;
failed:
	munmap(base, size);
	return NULL;
}

/*
 * Where the part of the head that is the file's own without a gap ends: the first section of which
 * records are inherited.
 */
static uint64_t head_end(const struct ledger *ledger, const struct recording_header *header)
{
	uint64_t end = ledger_head_size(ledger->layout);
	unsigned int id;

	for (id = 0; id < SECTION_COUNT; id++)
		if (ledger_place_of(id) == PLACE_HEAD && header->sections[id].inherited)
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
static bool replace_in_head(const struct ledger *ledger, const struct ledger_file *file,
			    const struct recording_header *header)
{
	uint64_t end = ledger_head_size(ledger->layout), first = head_end(ledger, header);
	char *base = (char *)ledger->parent;

	while (end > first) {
		uint64_t from = 0, section = 0;
		unsigned int id;

		/* The last section ahead of END that inherits. */
		for (id = 0; id < SECTION_COUNT; id++)
			if (ledger_place_of(id) == PLACE_HEAD && header->sections[id].inherited &&
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

/* The length of the view of section ID at BASE. */
static uint64_t size_at(const struct ledger *ledger, unsigned int id, const char *base)
{
	unsigned int i;

	for (i = 0; i < LEDGER_MAPPINGS_MAX; i++)
		if (__atomic_load_n(&ledger->mappings[id][i].base, __ATOMIC_ACQUIRE) == base)
			return __atomic_load_n(&ledger->mappings[id][i].size, __ATOMIC_RELAXED);
	return 0;
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

/* A section that grows behind what is inherited. */
static bool replace_behind(struct ledger *ledger, const struct ledger_file *file,
			   const struct recording_header *header, unsigned int id)
{
	uint64_t from = own_start(header, id), size;
	char *base;

	/* Room for records of its own: later on there is no descriptor to map the file by. */
	if (!ledger_views_reach(ledger, id, from + RECORDING_CHUNK))
		return false;
	base = ledger->sections[id];
	size = size_at(ledger, id, base);
	if (!map_file(base + from, file, header->sections[id].offset + from, size - from))
		return false;
	begin_piece(&ledger->views[id], from);
	/* The first ones are all settled at once. */
	if (size > first_behind(ledger, id))
		settle(base + from, size - from);
	return true;
}

/* A section that begins empty: its front is in the head, and nothing else is mapped yet. */
static bool replace_front(struct ledger *ledger, const struct ledger_file *file,
			  const struct recording_header *header, unsigned int id)
{
	char *front = (char *)ledger->parent + header->sections[id].offset;

	if (is_whole(ledger))
		return map_both(ledger, file, id, ledger->sections[id]);
	ledger->views[id].anchor = NULL; /* the parent's */
	if (ledger->sections[id] == front)
		return true;
	memset(ledger->mappings[id], 0, sizeof(ledger->mappings[id]));
	begin_view(ledger, id, front, ledger_front_size(ledger->layout, id));
	return true;
}

bool ledger_views_replace(struct ledger *ledger, const struct ledger_file *file,
			  const struct recording_header *header)
{
	bool replaced = true;
	unsigned int id;

	for (id = 0; replaced && id < SECTION_COUNT; id++)
		switch (ledger_place_of(id)) {
		case PLACE_BEHIND:
			replaced = replace_behind(ledger, file, header, id);
			break;
		case PLACE_FRONT:
			replaced = replace_front(ledger, file, header, id);
			break;
		default:
			break;
		}
	return replaced && replace_in_head(ledger, file, header);
}

bool ledger_views_replace_header(struct ledger *ledger, const struct ledger_file *file,
				 const struct recording_header *header)
{
	if (!map_file(ledger->parent, file, 0, head_end(ledger, header)))
		return false;
	settle(ledger->parent, first_sizes(ledger));
	return true;
}

/*
 * The beginning of the rest of section ID, mapped: in a forked child, by way of a mapping from the
 * head up to there, which is cut. NULL: there is no address space.
 */
static char *anchor(struct ledger *ledger, unsigned int id)
{
	uint64_t head = head_end(ledger, ledger->header) - VIEW_FIRST;
	uint64_t way = ledger_rest_offset(ledger->layout, id) - head;
	char *seen = __atomic_load_n(&ledger->views[id].anchor, __ATOMIC_ACQUIRE), *map;

	if (seen || !may_map(ledger, way + VIEW_FIRST))
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
	char *base = map_nothing(size);
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
		now = size_at(ledger, id, base);
		if (now >= size)
			return true;
		for (next = now; next < size; next *= 2)
			if (next == 0)
				return false;
		next = smaller(next, whole);
		if (next < size || !may_map(ledger, next) || !grow(ledger, id, base, now, next))
			return false;
	}
}

void ledger_views_unmap(struct ledger *ledger, struct recording_header *header)
{
	char *head = (char *)header;
	unsigned int id, i;

	for (id = 0; id < SECTION_COUNT; id++)
		for (i = 0; i < LEDGER_MAPPINGS_MAX; i++) {
			const struct ledger_mapping *mapping = &ledger->mappings[id][i];
			ptrdiff_t at = mapping->base ? mapping->base - head : 0;

			if (mapping->base && (at < 0 || (uint64_t)at >= first_sizes(ledger)))
				munmap(mapping->base, mapping->size);
		}
	munmap(head, first_sizes(ledger));
}
