/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/entry_index.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/sorted_rows.h"

static int by_start(const void *left, const void *right)
{
	const struct indexed_entry *a = left, *b = right;

	return a->start < b->start ? -1 : a->start > b->start;
}

void entry_index_make(struct entry_index *index, const uint8_t *place, size_t size,
		      const uint8_t *start, const uint8_t *end)
{
	uint64_t at = 0;

	*index = (struct entry_index){ .bounds = { place, start, end } };
	while (size - at >= 8) {
		struct unwind_entry entry;
		uint32_t length;

		memcpy(&length, place + at, sizeof(length));
		/* 0 ends the section; more than is there, or the 64-bit form, is damage. */
		if (length < 4 || length > size - at - 4)
			break;
		if (unwind_entry_read(&index->bounds, (int64_t)at, &entry) == UNWIND_FOUND) {
			struct indexed_entry *next =
				allocate_next(&index->list, index->count, sizeof(*next));

			*next = (struct indexed_entry){ entry.start, (int64_t)at };
			index->count++;
		}
		at += (uint64_t)length + 4;
	}
	if (index->count)
		qsort(index->list, index->count, sizeof(*index->list), by_start);
}

static bool begins_until(const void *row, const void *address)
{
	return ((const struct indexed_entry *)row)->start <= *(const uint64_t *)address;
}

enum unwind_found entry_index_find(const struct entry_index *index, uint64_t address,
				   struct unwind_entry *entry)
{
	size_t count = rows_before(index->list, index->count, sizeof(*index->list), begins_until,
				   &address);

	if (count == 0 ||
	    unwind_entry_read(&index->bounds, index->list[count - 1].at, entry) != UNWIND_FOUND)
		return UNWIND_NO_ENTRY;
	return address >= entry->start && address < entry->end ? UNWIND_FOUND : UNWIND_NO_ENTRY;
}
