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

/* Sections in the order in which they lie in the file. */
static const enum recording_section_id order[SECTION_COUNT] = {
	SECTION_BIRTHS,     SECTION_POLLERS,     SECTION_MODULES, SECTION_SCRIPTS, SECTION_TOTALS,
	SECTION_DEPARTURES, SECTION_DESCRIPTORS, SECTION_STRINGS, SECTION_STACKS,  SECTION_SOCKETS,
};
#define IN_HEAD 4u

bool ledger_is_in_head(unsigned int id)
{
	unsigned int i;

	for (i = 0; i < IN_HEAD; i++)
		if (order[i] == id)
			return true;
	return false;
}

uint64_t ledger_section_size(const struct ledger_layout *layout, unsigned int id)
{
	uint64_t bytes = layout->capacity[id] * ledger_record_sizes[id];

	return (bytes + LEDGER_ALIGNMENT - 1) / LEDGER_ALIGNMENT * LEDGER_ALIGNMENT;
}

/* Bytes of the header and of the first COUNT sections. */
static uint64_t size_of_first(const struct ledger_layout *layout, unsigned int count)
{
	uint64_t size = LEDGER_ALIGNMENT;
	unsigned int i;

	for (i = 0; i < count; i++)
		size += ledger_section_size(layout, order[i]);
	return size;
}

uint64_t ledger_layout_size(const struct ledger_layout *layout)
{
	return size_of_first(layout, SECTION_COUNT);
}

uint64_t ledger_layout_words(const struct ledger_layout *layout)
{
	return (ledger_layout_size(layout) / LEDGER_GRAIN + 63) / 64;
}

uint64_t ledger_head_size(const struct ledger_layout *layout)
{
	return size_of_first(layout, IN_HEAD);
}

uint64_t ledger_section_offset(const struct ledger_layout *layout, unsigned int id)
{
	unsigned int i = 0;

	while (order[i] != id)
		i++;
	return size_of_first(layout, i);
}

void ledger_lay_out(const struct ledger_layout *layout, struct recording_header *header)
{
	unsigned int id;

	header->section_count = SECTION_COUNT;
	for (id = 0; id < SECTION_COUNT; id++)
		header->sections[id] = (struct recording_section){
			.offset = ledger_section_offset(layout, id),
			.capacity = layout->capacity[id],
			.record_size = ledger_record_sizes[id],
		};
}
