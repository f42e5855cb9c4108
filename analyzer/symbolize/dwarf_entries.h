/* SPDX-License-Identifier: MIT */
/*
 * Walks the entries (DIEs) of one unit of debug information in the order of the file. Reads tags
 * and code addresses only; whatever else is needed of an entry, libdw reads from its offset.
 * libdw's own calls look up the form of each attribute again, under a lock, and are several times
 * slower (docs/PERFORMANCE.md).
 *
 * The bytes are hostile: each read is checked against the end of the unit.
 */
#ifndef FINLEAK_DWARF_ENTRIES_H
#define FINLEAK_DWARF_ENTRIES_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How an entry gives the addresses of its code. */
enum entry_code {
	ENTRY_NO_CODE,
	ENTRY_RANGE,     /* [start, end); of a call both are where it is, or returns to */
	ENTRY_ELSEWHERE, /* in a list of ranges or a table of addresses: ask libdw */
};

struct dwarf_entry {
	Dwarf_Off offset; /* as dwarf_offdie takes it */
	unsigned int tag;
	unsigned int depth; /* 0: the unit itself */
	enum entry_code code;
	Dwarf_Addr start, end;
	bool tail; /* of a call: the last thing that its function does */
};

struct dwarf_entries;

/* The entries of UNIT (its DIE); NULL where it can't be read. Free it with
 * dwarf_entries_free(). */
struct dwarf_entries *dwarf_entries_new(Dwarf_Die *unit);
void dwarf_entries_free(struct dwarf_entries *entries);

/* The next entry; false at the end of the unit, or where it is damaged. */
bool dwarf_entries_next(struct dwarf_entries *entries, struct dwarf_entry *entry);

#endif
