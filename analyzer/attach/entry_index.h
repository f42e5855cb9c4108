/* SPDX-License-Identifier: MIT */
/*
 * The entries of an .eh_frame that has no .eh_frame_hdr, as in programs that are linked statically:
 * read once, one after the other, and sorted.
 */
#ifndef FINLEAK_ENTRY_INDEX_H
#define FINLEAK_ENTRY_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "preload/unwind/unwind_entry.h"

struct indexed_entry {
	uint64_t start; /* of its code */
	int64_t at;     /* from the beginning of .eh_frame */
};

struct entry_index {
	struct unwind_header bounds; /* .header is the beginning of .eh_frame */
	struct indexed_entry *list;  /* by start */
	size_t count;
};

/*
 * Reads the SIZE bytes of .eh_frame at PLACE in the segment [START, END), which is in memory. End
 * with free(index->list).
 */
void entry_index_make(struct entry_index *index, const uint8_t *place, size_t size,
		      const uint8_t *start, const uint8_t *end);

/* As unwind_entry_find(). */
enum unwind_found entry_index_find(const struct entry_index *index, uint64_t address,
				   struct unwind_entry *entry);

#endif
