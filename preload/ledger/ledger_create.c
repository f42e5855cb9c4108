/* SPDX-License-Identifier: MIT */
#include "preload/ledger/ledger_create.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "preload/ledger/ledger_file.h"
#include "preload/ledger/ledger_views.h"

static struct ledger_index take_slots(uint32_t **slots, uint32_t size)
{
	struct ledger_index index = { .slots = *slots, .size = size };

	*slots += ledger_slots(&index);
	return index;
}

#define INDEXES 5u

/* Bytes of all that is beside the file. */
static uint64_t index_bytes(const struct ledger_layout *layout)
{
	uint64_t slots = layout->stack_slots + layout->total_slots + layout->script_slots +
			 layout->string_slots + layout->capacity[SECTION_MODULES] +
			 INDEXES * LEDGER_NEAR_SLOTS;

	return slots * sizeof(uint32_t) + ledger_layout_words(layout) * sizeof(uint64_t);
}

static bool map_indexes(struct ledger *ledger)
{
	const struct ledger_layout *layout = ledger->layout;
	uint32_t *slots = mmap(NULL, index_bytes(layout), PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (slots == MAP_FAILED)
		return false;
	ledger->stacks = take_slots(&slots, layout->stack_slots);
	ledger->totals = take_slots(&slots, layout->total_slots);
	ledger->scripts = take_slots(&slots, layout->script_slots);
	ledger->strings = take_slots(&slots, layout->string_slots);
	ledger->unloaded = take_slots(&slots, (uint32_t)layout->capacity[SECTION_MODULES]);
	ledger->reserved = (uint64_t *)(void *)slots;
	ledger->page_size = (uint32_t)sysconf(_SC_PAGESIZE);
	return true;
}

static void unmap_indexes(struct ledger *ledger)
{
	munmap(ledger->stacks.slots, index_bytes(ledger->layout));
}

void ledger_fill_header(struct recording_header *header, const struct ledger_layout *layout,
			const struct ledger_identity *identity)
{
	size_t command_size = identity->command_size;

	memset(header, 0, sizeof(*header));
	memcpy(header->magic, RECORDING_MAGIC, sizeof(RECORDING_MAGIC));
	header->version = RECORDING_VERSION;
	header->byte_order = RECORDING_BYTE_ORDER;
	header->header_size = sizeof(*header);
	ledger_lay_out(layout, header);
	header->origin = identity->origin;
	header->pid = identity->pid;
	header->parent_pid = identity->parent_pid;
	header->start_ns = identity->start_ns;
	header->start_realtime_ns = identity->start_realtime_ns;
	header->birth_stack = identity->birth_stack;
	header->frames_limit = identity->frames_limit;
	header->options = identity->options;
	header->descriptor_limit = identity->descriptor_limit;
	if (layout->written_whole)
		header->blind |= BLIND_OLD_KERNEL;
	if (command_size > RECORDED_COMMAND_MAX - 2)
		command_size = RECORDED_COMMAND_MAX - 2;
	strncpy(header->executable, identity->executable, sizeof(header->executable) - 1);
	memcpy(header->command, identity->command, command_size);
	strncpy(header->finleak_version, identity->version, sizeof(header->finleak_version) - 1);
}

/*
 * Gives FILE the size of LEDGER's layout and maps what is needed first, of it and beside it; the
 * header can be touched. NULL: SIZE_LIMIT (bytes), address space or the file system does not allow
 * it.
 */
static struct recording_header *map(struct ledger *ledger, const struct ledger_file *file,
				    uint64_t size_limit)
{
	struct recording_header *header;

	if (!ledger_views_may_take(ledger, index_bytes(ledger->layout)) ||
	    !ledger_file_size(file, ledger->layout, size_limit))
		return NULL;
	header = ledger_views_map(ledger, file);
	if (!header)
		return NULL;
	if ((ledger->layout->written_whole || ledger_file_reserve(header, 0, RECORDING_CHUNK)) &&
	    map_indexes(ledger))
		return header;
	ledger_views_unmap(ledger, header);
	return NULL;
}

bool ledger_create(struct ledger *ledger, const char *folder,
		   const struct ledger_identity *identity)
{
	struct recording_header *header = NULL;
	struct ledger_file file;
	unsigned int i;

	ledger->maps_whole = identity->maps_whole;
	snprintf(ledger->folder, sizeof(ledger->folder), "%s", folder);
	snprintf(ledger->maker, sizeof(ledger->maker), "%s",
		 identity->maker ? identity->maker : "");
	if (!ledger_file_create(&(struct ledger_home){ ledger->folder, ledger->maker },
				identity->name, identity->pid, &file))
		goto no_file;
	for (i = 0; !header && ledger_layout(i); i++) {
		ledger->layout = ledger_layout(i);
		header = map(ledger, &file, identity->file_size_limit);
	}
	if (!header)
		goto no_map;
	ledger_forget_reservations(ledger);
	ledger_fill_header(header, ledger->layout, identity);
	/* Offset 0 of the stacks means "no stack". */
	header->sections[SECTION_STACKS].used = RECORDED_STACK_UNIT;
	__atomic_store_n(&header->ready, 1, __ATOMIC_RELEASE);
	if (!ledger_file_publish(&file, ledger->file_name))
		goto no_name;
	ledger_file_close(&file, true);
	__atomic_store_n(&ledger->header, header, __ATOMIC_RELEASE);
	return true;
no_name:
	unmap_indexes(ledger);
	ledger_views_unmap(ledger, header);
no_map:
	ledger_file_close(&file, false);
no_file:
	*ledger = (struct ledger){ .header = NULL };
	return false;
}

void ledger_unmap(struct ledger *ledger)
{
	if (ledger->header)
		ledger_views_unmap(ledger, ledger->header);
	unmap_indexes(ledger);
	*ledger = (struct ledger){ .header = NULL };
}
