/* SPDX-License-Identifier: MIT */
/*
 * The abbreviations of one unit of debug information, compiled into steps that skip the values of
 * an entry. Used by dwarf_entries only.
 */
#ifndef FINLEAK_DWARF_ABBREVS_H
#define FINLEAK_DWARF_ABBREVS_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a value is skipped. */
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
	PURPOSE_CALL_PC, /* of a call: where it is, or where it returns to */
	PURPOSE_TAIL,    /* the call is the last thing that its function does */
};

struct step {
	uint8_t kind;    /* enum step_kind */
	uint8_t purpose; /* enum step_purpose */
	uint16_t form;
	uint32_t size;
};

/* One abbreviation: the tag and values of the entries that use it. */
struct abbrev {
	uint64_t code;
	unsigned int tag;
	bool has_children;
	uint32_t first_step, step_count;
};

struct dwarf_abbrevs {
	uint8_t address_size, offset_size;
	Dwarf_Half version;
	struct abbrev *abbrevs; /* by code */
	size_t abbrev_count;
	struct step *steps;
	size_t step_count;
};

/* Reads the abbreviations of UNIT (its DIE) into ABBREVS (zeroed). False: they are damaged. */
bool dwarf_abbrevs_read(struct dwarf_abbrevs *abbrevs, Dwarf_Die *unit);
void dwarf_abbrevs_clear(struct dwarf_abbrevs *abbrevs);

/* The abbreviation with CODE (not 0); NULL: there is none. */
const struct abbrev *dwarf_abbrev_of(const struct dwarf_abbrevs *abbrevs, uint64_t code);

/* The step that skips a value of FORM (DW_FORM_*). */
struct step dwarf_step_of(const struct dwarf_abbrevs *abbrevs, unsigned int form);

/* True for a call in a function. */
bool dwarf_is_call(unsigned int tag);

/* True where an entry with TAG may have addresses of code that matter here. */
bool dwarf_may_have_code(unsigned int tag);

#endif
