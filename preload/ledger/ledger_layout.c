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
	{ .capacity = { [SECTION_DESCRIPTORS] = 1 << 20,
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
	{ .capacity = { [SECTION_DESCRIPTORS] = 1 << 16,
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

static uint64_t section_size(const struct ledger_layout *layout, unsigned int id)
{
	return ledger_round_to_chunk(layout->capacity[id] * ledger_record_sizes[id]);
}

uint64_t ledger_layout_size(const struct ledger_layout *layout)
{
	uint64_t size = RECORDING_CHUNK;
	unsigned int id;

	for (id = 0; id < SECTION_COUNT; id++)
		size += section_size(layout, id);
	return size;
}

void ledger_lay_out(const struct ledger_layout *layout, struct recording_header *header)
{
	uint64_t offset = RECORDING_CHUNK;
	unsigned int id;

	header->section_count = SECTION_COUNT;
	for (id = 0; id < SECTION_COUNT; id++) {
		header->sections[id] = (struct recording_section){
			.offset = offset,
			.capacity = layout->capacity[id],
			.record_size = ledger_record_sizes[id],
		};
		offset += section_size(layout, id);
	}
}
