/* SPDX-License-Identifier: MIT */
#include "preload/ledger/ledger_layout.h"

#include <stddef.h>

const uint32_t ledger_record_sizes[SECTION_COUNT] = {
	[SECTION_DESCRIPTORS] = sizeof(recorded_descriptor_word),
	[SECTION_SOCKETS] = sizeof(struct recorded_socket),
	[SECTION_STACKS] = 1,
	[SECTION_MODULES] = sizeof(struct recorded_module),
	[SECTION_STRINGS] = 1,
	[SECTION_TOTALS] = sizeof(struct recorded_total),
	[SECTION_DEPARTURES] = sizeof(struct recorded_departure),
	[SECTION_BIRTHS] = sizeof(struct recorded_birth),
	[SECTION_SCRIPTS] = sizeof(struct recorded_script),
	[SECTION_POLLERS] = sizeof(struct recorded_poller),
};

static const struct ledger_layout layouts[] = {
	/* the usual one: a million sockets */
	{ .stack_slots = 1 << 18,
	  .total_slots = 1 << 15,
	  .script_slots = 1 << 17,
	  .string_slots = 1 << 16,
	  .capacity = { [SECTION_DESCRIPTORS] = 1 << 20,
			[SECTION_SOCKETS] = 1 << 20,
			[SECTION_STACKS] = 64 << 20,
			[SECTION_MODULES] = 4096,
			[SECTION_STRINGS] = 4 << 20,
			[SECTION_TOTALS] = 16384,
			[SECTION_DEPARTURES] = 65536,
			[SECTION_BIRTHS] = 256,
			[SECTION_SCRIPTS] = 1 << 16,
			[SECTION_POLLERS] = 1 << 16 } },
	/* where address space or file size is limited (ulimit -v, -f) */
	{ .stack_slots = 1 << 16,
	  .total_slots = 1 << 12,
	  .script_slots = 1 << 15,
	  .string_slots = 1 << 13,
	  .capacity = { [SECTION_DESCRIPTORS] = 1 << 16,
			[SECTION_SOCKETS] = 1 << 14,
			[SECTION_STACKS] = 4 << 20,
			[SECTION_MODULES] = 1024,
			[SECTION_STRINGS] = 256 << 10,
			[SECTION_TOTALS] = 2048,
			[SECTION_DEPARTURES] = 1024,
			[SECTION_BIRTHS] = 256,
			[SECTION_SCRIPTS] = 1 << 14,
			[SECTION_POLLERS] = 1 << 12 } },
	/* Linux before 5.14 can't reserve pages one by one: small enough to be written whole */
	{ .written_whole = true,
	  .stack_slots = 1 << 14,
	  .total_slots = 1 << 11,
	  .script_slots = 1 << 12,
	  .string_slots = 1 << 11,
	  .capacity = { [SECTION_DESCRIPTORS] = 4096,
			[SECTION_SOCKETS] = 4096,
			[SECTION_STACKS] = 1 << 20,
			[SECTION_MODULES] = 512,
			[SECTION_STRINGS] = 64 << 10,
			[SECTION_TOTALS] = 1024,
			[SECTION_DEPARTURES] = 512,
			[SECTION_BIRTHS] = 128,
			[SECTION_SCRIPTS] = 2048,
			[SECTION_POLLERS] = 256 } },
};

const struct ledger_layout *ledger_layout(unsigned int choice)
{
	return choice < sizeof(layouts) / sizeof(layouts[0]) ? &layouts[choice] : NULL;
}

uint64_t ledger_round_to_chunk(uint64_t bytes)
{
	return (bytes + RECORDING_CHUNK - 1) / RECORDING_CHUNK * RECORDING_CHUNK;
}

/* The pieces of the file behind the header, in their order. */
static const struct piece {
	enum recording_section_id id;
	enum ledger_place place;
	bool is_rest;
} pieces[] = {
	{ SECTION_BIRTHS, PLACE_HEAD, false },
	{ SECTION_POLLERS, PLACE_HEAD, false },
	{ SECTION_TOTALS, PLACE_FRONT, false },
	{ SECTION_DEPARTURES, PLACE_FRONT, false },
	{ SECTION_DESCRIPTORS, PLACE_FRONT, false },
	{ SECTION_SOCKETS, PLACE_FRONT, false },
	/* Interned ones last: a child's own begin behind what it inherits. */
	{ SECTION_MODULES, PLACE_HEAD, false },
	{ SECTION_SCRIPTS, PLACE_HEAD, false },
	{ SECTION_STRINGS, PLACE_BEHIND, false },
	{ SECTION_STACKS, PLACE_BEHIND, false },
	{ SECTION_TOTALS, PLACE_FRONT, true },
	{ SECTION_DEPARTURES, PLACE_FRONT, true },
	{ SECTION_DESCRIPTORS, PLACE_FRONT, true },
	{ SECTION_SOCKETS, PLACE_FRONT, true },
};
#define PIECES  (sizeof(pieces) / sizeof(pieces[0]))
#define IN_HEAD 8u

/* Bytes of a front: a multiple of any page size. */
#define FRONT LEDGER_ALIGNMENT

enum ledger_place ledger_place_of(unsigned int id)
{
	unsigned int i = 0;

	while (pieces[i].id != id)
		i++;
	return pieces[i].place;
}

uint64_t ledger_section_size(const struct ledger_layout *layout, unsigned int id)
{
	uint64_t bytes = layout->capacity[id] * ledger_record_sizes[id];

	return (bytes + LEDGER_ALIGNMENT - 1) / LEDGER_ALIGNMENT * LEDGER_ALIGNMENT;
}

uint64_t ledger_front_size(const struct ledger_layout *layout, unsigned int id)
{
	uint64_t size = ledger_section_size(layout, id);

	return ledger_place_of(id) == PLACE_FRONT && size > FRONT ? FRONT : size;
}

/* Bytes of the header and of the first COUNT pieces. */
static uint64_t size_of_first(const struct ledger_layout *layout, unsigned int count)
{
	uint64_t size = LEDGER_ALIGNMENT;
	unsigned int i;

	for (i = 0; i < count; i++) {
		uint64_t front = ledger_front_size(layout, pieces[i].id);

		size += pieces[i].is_rest ? ledger_section_size(layout, pieces[i].id) - front
					  : front;
	}
	return size;
}

uint64_t ledger_layout_size(const struct ledger_layout *layout)
{
	return size_of_first(layout, PIECES);
}

uint64_t ledger_layout_words(const struct ledger_layout *layout)
{
	return (ledger_layout_size(layout) / LEDGER_GRAIN + 63) / 64;
}

uint64_t ledger_head_size(const struct ledger_layout *layout)
{
	return size_of_first(layout, IN_HEAD);
}

static uint64_t offset_of(const struct ledger_layout *layout, unsigned int id, bool is_rest)
{
	unsigned int i = 0;

	while (pieces[i].id != id || pieces[i].is_rest != is_rest)
		i++;
	return size_of_first(layout, i);
}

uint64_t ledger_section_offset(const struct ledger_layout *layout, unsigned int id)
{
	return offset_of(layout, id, false);
}

uint64_t ledger_rest_offset(const struct ledger_layout *layout, unsigned int id)
{
	return offset_of(layout, id, true);
}

/* The largest section last: the bits that a small process needs lie in one page then. */
uint32_t ledger_first_grain(const struct ledger_layout *layout, unsigned int id)
{
	uint64_t bytes = 0;
	unsigned int i;

	for (i = 0; i < SECTION_COUNT; i++)
		if (i != SECTION_SOCKETS && (i < id || id == SECTION_SOCKETS))
			bytes += ledger_section_size(layout, i);
	return (uint32_t)(bytes / LEDGER_GRAIN);
}

void ledger_lay_out(const struct ledger_layout *layout, struct recording_header *header)
{
	unsigned int id;

	header->section_count = SECTION_COUNT;
	for (id = 0; id < SECTION_COUNT; id++) {
		uint64_t front = ledger_front_size(layout, id);

		header->sections[id] = (struct recording_section){
			.offset = ledger_section_offset(layout, id),
			.capacity = layout->capacity[id],
			.record_size = ledger_record_sizes[id],
		};
		if (front < ledger_section_size(layout, id))
			header->more[id] = (struct recording_extent){
				.bytes = front,
				.offset = ledger_rest_offset(layout, id),
			};
	}
}
