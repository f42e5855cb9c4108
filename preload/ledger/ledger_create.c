/* SPDX-License-Identifier: MIT */
#include "preload/ledger/ledger_create.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "preload/ledger/ledger_file.h"

/* Twice the rows of the largest layout, or as many stacks as a program can have at all. */
#define STACK_SLOTS  (1u << 18)
#define TOTAL_SLOTS  (1u << 15)
#define SCRIPT_SLOTS (1u << 17)
#define STRING_SLOTS (1u << 16)
#define MODULES_MAX  (1u << 12)
#define INDEX_BYTES                                                                                \
	((STACK_SLOTS + TOTAL_SLOTS + SCRIPT_SLOTS + STRING_SLOTS + MODULES_MAX) *                 \
		 sizeof(uint32_t) +                                                                \
	 LEDGER_GRAINS_MAX / 8)

static struct ledger_index take_slots(uint32_t **slots, uint32_t size)
{
	struct ledger_index index = { .slots = *slots, .size = size };

	*slots += size;
	return index;
}

static bool map_indexes(struct ledger *ledger)
{
	uint32_t *slots = mmap(NULL, INDEX_BYTES, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (slots == MAP_FAILED)
		return false;
	ledger->stacks = take_slots(&slots, STACK_SLOTS);
	ledger->totals = take_slots(&slots, TOTAL_SLOTS);
	ledger->scripts = take_slots(&slots, SCRIPT_SLOTS);
	ledger->strings = take_slots(&slots, STRING_SLOTS);
	ledger->unloaded = take_slots(&slots, MODULES_MAX);
	ledger->reserved = (uint64_t *)(void *)slots;
	ledger->page_size = (uint32_t)sysconf(_SC_PAGESIZE);
	return true;
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

bool ledger_create(struct ledger *ledger, const char *folder,
		   const struct ledger_identity *identity)
{
	struct recording_header *header = NULL;
	struct ledger_file file;
	unsigned int i;

	if (!map_indexes(ledger))
		return false;
	snprintf(ledger->folder, sizeof(ledger->folder), "%s", folder);
	if (!ledger_file_create(folder, identity->name, identity->pid, &file))
		goto no_file;
	for (i = 0; !header && ledger_layout(i); i++) {
		ledger->layout = ledger_layout(i);
		header = ledger_file_map(&file, ledger->layout, identity->file_size_limit);
	}
	if (!header)
		goto no_map;
	ledger_forget_reservations(ledger);
	ledger_fill_header(header, ledger->layout, identity);
	for (i = 0; i < SECTION_COUNT; i++)
		ledger->sections[i] = (char *)header + header->sections[i].offset;
	/* Offset 0 of the stacks means "no stack". */
	header->sections[SECTION_STACKS].used = RECORDED_STACK_UNIT;
	__atomic_store_n(&header->ready, 1, __ATOMIC_RELEASE);
	if (!ledger_file_publish(&file, ledger->file_name))
		goto no_name;
	ledger_file_close(&file, true);
	__atomic_store_n(&ledger->header, header, __ATOMIC_RELEASE);
	return true;
no_name:
	munmap(header, ledger_layout_size(ledger->layout));
no_map:
	ledger_file_close(&file, false);
no_file:
	munmap(ledger->stacks.slots, INDEX_BYTES);
	*ledger = (struct ledger){ .header = NULL };
	return false;
}

void ledger_unmap(struct ledger *ledger)
{
	if (ledger->header)
		munmap(ledger->header, ledger_layout_size(ledger->layout));
	munmap(ledger->stacks.slots, INDEX_BYTES);
	*ledger = (struct ledger){ .header = NULL };
}
