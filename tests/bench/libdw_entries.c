/* SPDX-License-Identifier: MIT */
/*
 * analyzer/symbolize/dwarf_entries.h by libdw's own calls: what finleak would do without a reader
 * of its own. bench-symbolize-libdw is linked with it, for the figures in docs/PERFORMANCE.md, and
 * because both readers must name the same.
 */
#include "analyzer/symbolize/dwarf_entries.h"

#include <dwarf.h>
#include <stdlib.h>
#include "analyzer/base/allocate.h"

#define DEPTH_MAX 256u

struct dwarf_entries {
	Dwarf_Die path[DEPTH_MAX]; /* from the unit to the last entry */
	unsigned int depth;
	bool has_begun;
};

/* Of the others no children are visited, nor are they by libdw where they have a DW_AT_sibling. */
static bool may_contain_code(Dwarf_Die *entry)
{
	switch (dwarf_tag(entry)) {
	case DW_TAG_compile_unit:
	case DW_TAG_skeleton_unit:
	case DW_TAG_namespace:
	case DW_TAG_module:
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
	case DW_TAG_union_type:
	case DW_TAG_subprogram:
	case DW_TAG_inlined_subroutine:
	case DW_TAG_lexical_block:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
		return true;
	default:
		return false;
	}
}

static void describe(const struct dwarf_entries *entries, struct dwarf_entry *entry)
{
	Dwarf_Die die = entries->path[entries->depth];

	entry->offset = dwarf_dieoffset(&die);
	entry->tag = (unsigned int)dwarf_tag(&die);
	entry->depth = entries->depth;
	entry->code = ENTRY_NO_CODE;
	entry->tail = false;
	switch (entry->tag) {
	case DW_TAG_subprogram:
	case DW_TAG_inlined_subroutine:
	case DW_TAG_lexical_block:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
		if (dwarf_hasattr(&die, DW_AT_ranges))
			entry->code = ENTRY_ELSEWHERE;
		else if (dwarf_hasattr(&die, DW_AT_high_pc) &&
			 dwarf_lowpc(&die, &entry->start) == 0 &&
			 dwarf_highpc(&die, &entry->end) == 0)
			entry->code = ENTRY_RANGE;
		break;
	default:
		break;
	}
}

/* Goes to the next entry in the order of the file; false at the end. */
static bool step(struct dwarf_entries *entries)
{
	Dwarf_Die *last = &entries->path[entries->depth];

	if (entries->depth + 1 < DEPTH_MAX && may_contain_code(last) &&
	    dwarf_child(last, last + 1) == 0) {
		entries->depth++;
		return true;
	}
	for (; entries->depth; entries->depth--) {
		last = &entries->path[entries->depth];
		if (dwarf_siblingof(last, last) == 0)
			return true;
	}
	return false;
}

bool dwarf_entries_next(struct dwarf_entries *entries, struct dwarf_entry *entry)
{
	if (entries->has_begun && !step(entries))
		return false;
	entries->has_begun = true;
	describe(entries, entry);
	return true;
}

struct dwarf_entries *dwarf_entries_new(Dwarf_Die *unit)
{
	struct dwarf_entries *entries = allocate_zeroed(1, sizeof(*entries));

	entries->path[0] = *unit;
	return entries;
}

void dwarf_entries_free(struct dwarf_entries *entries)
{
	free(entries);
}
