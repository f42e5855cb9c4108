/* SPDX-License-Identifier: MIT */
/*
 * What views are made of (ledger_views.h): pieces of address space, and how large each is at first.
 * Signal-safe.
 */
#ifndef FINLEAK_VIEW_SPACE_H
#define FINLEAK_VIEW_SPACE_H

#include <stdbool.h>
#include <stdint.h>
#include "preload/ledger/ledger.h"
#include "preload/ledger/ledger_file.h"

/* What is mapped of a section behind the head, and of a rest, when nothing is in it. */
#define VIEW_FIRST LEDGER_ALIGNMENT

static inline uint64_t view_smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* SIZE bytes of address space that nothing is mapped to yet, or NULL. */
char *view_map_nothing(uint64_t size);

/* Maps SIZE bytes of FILE from OFFSET at PLACE, over what is there. */
bool view_map_file(void *place, const struct ledger_file *file, uint64_t offset, uint64_t size);

/* For SIZE bytes at MAP: else a first touch reads ahead megabytes of zeros: 1.6 ms in place of 25
 * us (ext4). */
void view_settle(void *map, uint64_t size);

/* Views can't be made longer, or need not be: all is mapped at once. */
bool view_is_whole(const struct ledger *ledger);

/* The rest of a section with a front, bytes; 0: it has none. */
uint64_t view_rest_size(const struct ledger *ledger, unsigned int id);

/* What is mapped behind the head of section ID at first, bytes. */
uint64_t view_first_behind(const struct ledger *ledger, unsigned int id);

/* All that is mapped at first, bytes. */
uint64_t view_first_sizes(const struct ledger *ledger);

/* May the program's address space have SIZE bytes more of ours? */
bool view_may_map(const struct ledger *ledger, uint64_t size);

/*
 * Where the part of the head that is the file's own without a gap ends: the first section of which
 * records are inherited.
 */
uint64_t view_head_end(const struct ledger *ledger, const struct recording_header *header);

/* The length of the view of section ID at BASE, bytes; 0: there is none. */
uint64_t view_size_at(const struct ledger *ledger, unsigned int id, const char *base);

#endif
