/* SPDX-License-Identifier: MIT */
#include "preload/ledger/fd_table.h"

#include "preload/ledger/ledger.h"

static struct fd_entry entry_of(uint64_t word)
{
	return (struct fd_entry){ .row = recorded_descriptor_row(word) - 1,
				  .duplicate_stack = recorded_descriptor_stack(word) };
}

/*
 * The place of FD, or NULL where it was never stored to: `used` is raised only after the page has
 * been reserved, but a hole of the file below it reads as zero through the mapping, harmlessly.
 */
static uint64_t *place_of(int fd)
{
	if (fd < 0 || fd >= fd_table_end())
		return NULL;
	return ledger_record(SECTION_DESCRIPTORS, fd);
}

struct fd_entry fd_table_get(int fd)
{
	uint64_t *place = place_of(fd);

	return entry_of(place ? __atomic_load_n(place, __ATOMIC_ACQUIRE) : 0);
}

struct fd_entry fd_table_take(int fd)
{
	uint64_t *place = place_of(fd);

	/* A place that was never reserved is zero: it must not be written, an exchange would. */
	if (!place || __atomic_load_n(place, __ATOMIC_RELAXED) == 0)
		return entry_of(0);
	return entry_of(__atomic_exchange_n(place, 0, __ATOMIC_ACQ_REL));
}

bool fd_table_put(int fd, struct fd_entry entry)
{
	uint64_t word = (uint64_t)entry.duplicate_stack << 32 | (uint32_t)(entry.row + 1);

	if (fd < 0 || !ledger_reserve(SECTION_DESCRIPTORS, fd, 1)) {
		ledger_count_lost(LOST_DESCRIPTORS);
		return false;
	}
	__atomic_store_n((uint64_t *)ledger_record(SECTION_DESCRIPTORS, fd), word,
			 __ATOMIC_RELEASE);
	ledger_raise_used(SECTION_DESCRIPTORS, (uint64_t)fd + 1);
	return true;
}

int fd_table_end(void)
{
	if (!ledger_header)
		return 0;
	return (int)__atomic_load_n(&ledger_section(SECTION_DESCRIPTORS)->used, __ATOMIC_ACQUIRE);
}
