/* SPDX-License-Identifier: MIT */
#include "preload/ledger/ledger_views.h"

#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include "preload/ledger/view_space.h"

bool ledger_views_may_take(struct ledger *ledger, uint64_t beside)
{
	ledger->mapped = beside;
	return view_may_map(ledger, view_first_sizes(ledger));
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
	uint64_t front = ledger_front_size(ledger->layout, id), rest = view_rest_size(ledger, id);

	return view_map_file(place, file, ledger_section_offset(ledger->layout, id), front) &&
	       (rest == 0 ||
		view_map_file(place + front, file, ledger_rest_offset(ledger->layout, id), rest));
}

/* Maps what is mapped of section ID behind the head, at PLACE; HEAD is where that is. */
static bool map_behind(struct ledger *ledger, const struct ledger_file *file, unsigned int id,
		       char *head, char *place)
{
	uint64_t offset = ledger_section_offset(ledger->layout, id);
	uint64_t front = ledger_front_size(ledger->layout, id),
		 size = view_first_behind(ledger, id);
	struct ledger_view *view = &ledger->views[id];

	*view = (struct ledger_view){
		.first_grain = ledger_first_grain(ledger->layout, id),
		.pieces = 1,
	};
	if (ledger_place_of(id) == PLACE_BEHIND) {
		begin_view(ledger, id, place, size);
		return view_map_file(place, file, offset, size);
	}
	if (view_rest_size(ledger, id) > 0)
		view->start[view->pieces++] = front;
	if (ledger_place_of(id) == PLACE_FRONT && view_is_whole(ledger)) {
		begin_view(ledger, id, place, size);
		return map_both(ledger, file, id, place);
	}
	begin_view(ledger, id, head + offset, front);
	if (size == 0)
		return true;
	view->anchor = place;
	return view_map_file(place, file, ledger_rest_offset(ledger->layout, id), size);
}

struct recording_header *ledger_views_map(struct ledger *ledger, const struct ledger_file *file)
{
	uint64_t head = ledger_head_size(ledger->layout), size = view_first_sizes(ledger),
		 at = head;
	char *base = view_map_nothing(size); /* in one, so that it is settled by one call */
	unsigned int id;

	if (!base)
		return NULL;
	if (!view_map_file(base, file, 0, head))
		goto failed;
	for (id = 0; id < SECTION_COUNT; id++) {
		if (!map_behind(ledger, file, id, base, base + at))
			goto failed;
		at += view_first_behind(ledger, id);
	}
	view_settle(base, size);
	ledger->mapped += size;
	return (struct recording_header *)(void *)base;
failed:
	munmap(base, size);
	return NULL;
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
	uint64_t end = ledger_head_size(ledger->layout), first = view_head_end(ledger, header);
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
		if (from < end && !view_map_file(base + from, file, from, end - from))
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
	size = view_size_at(ledger, id, base);
	if (!view_map_file(base + from, file, header->sections[id].offset + from, size - from))
		return false;
	begin_piece(&ledger->views[id], from);
	/* The first ones are all settled at once. */
	if (size > view_first_behind(ledger, id))
		view_settle(base + from, size - from);
	return true;
}

/* A section that begins empty: its front is in the head, and nothing else is mapped yet. */
static bool replace_front(struct ledger *ledger, const struct ledger_file *file,
			  const struct recording_header *header, unsigned int id)
{
	char *front = (char *)ledger->parent + header->sections[id].offset;

	if (view_is_whole(ledger))
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
	if (!view_map_file(ledger->parent, file, 0, view_head_end(ledger, header)))
		return false;
	view_settle(ledger->parent, view_first_sizes(ledger));
	return true;
}

void ledger_views_unmap(struct ledger *ledger, struct recording_header *header)
{
	char *head = (char *)header;
	unsigned int id, i;

	for (id = 0; id < SECTION_COUNT; id++)
		for (i = 0; i < LEDGER_MAPPINGS_MAX; i++) {
			const struct ledger_mapping *mapping = &ledger->mappings[id][i];
			ptrdiff_t at = mapping->base ? mapping->base - head : 0;

			if (mapping->base && (at < 0 || (uint64_t)at >= view_first_sizes(ledger)))
				munmap(mapping->base, mapping->size);
		}
	munmap(head, view_first_sizes(ledger));
}
