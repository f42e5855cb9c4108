/* SPDX-License-Identifier: MIT */
/*
 * The abbreviations of one unit of debug information, turned into what it takes to get over the
 * entries that use them. Behind dwarf_entries.h.
 */
#ifndef FINLEAK_DWARF_SHAPES_H
#define FINLEAK_DWARF_SHAPES_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How to get over a value. */
enum step_kind {
	STEP_FIXED, /* `size` bytes */
	STEP_LEB,
	STEP_STRING,
	STEP_BLOCK,     /* its length comes first, in `size` bytes */
	STEP_LEB_BLOCK, /* its length comes first, as a LEB128 number */
	STEP_INDIRECT,  /* its form comes first */
	STEP_UNKNOWN,
};

enum step_purpose {
	PURPOSE_NONE,
	PURPOSE_LOW_PC,
	PURPOSE_HIGH_PC,
	PURPOSE_RANGES,
};

struct step {
	uint8_t kind;    /* enum step_kind */
	uint8_t purpose; /* enum step_purpose */
	uint16_t form;
	uint32_t size;
};

/* What one abbreviation says of the entries that use it. */
struct shape {
	uint64_t code;
	unsigned int tag;
	bool has_children;
	uint32_t first_step, step_count;
};

struct dwarf_shapes {
	uint8_t address_size, offset_size;
	Dwarf_Half version;
	struct shape *shapes; /* by code */
	size_t shape_count;
	struct step *steps;
	size_t step_count;
};

/* Reads those of UNIT (its own entry) into SHAPES (zeroed). False: they are damaged. */
bool dwarf_shapes_read(struct dwarf_shapes *shapes, Dwarf_Die *unit);
void dwarf_shapes_clear(struct dwarf_shapes *shapes);

/* The shape of entries with abbreviation CODE (not 0); NULL: there is none. */
const struct shape *dwarf_shape_of(const struct dwarf_shapes *shapes, uint64_t code);

/* The step over a value of FORM (DW_FORM_*). */
struct step dwarf_step_of(const struct dwarf_shapes *shapes, unsigned int form);

/* May an entry with TAG say where its code is? Of others it does not matter here. */
bool dwarf_may_have_code(unsigned int tag);

#endif
