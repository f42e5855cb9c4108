/* SPDX-License-Identifier: MIT */
#include "analyzer/code_units.h"

#include <dwarf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "analyzer/allocate.h"

/* Real trees are below 50 deep, and the biggest real units have about two million entries. */
#define DEPTH_MAX  256
#define DIES_MAX   (8u << 20)
#define RANGES_MAX (8u << 20)
#define UNITS_MAX  (1u << 20)

struct unit_range {
	Dwarf_Addr start, end;
	uint32_t unit;
};

struct unit {
	Dwarf_Die lines; /* the unit that has the line table */
	Dwarf_Die tree;  /* the same, or its split part in a .dwo */
	const char *directory;
};

struct code_units {
	Dwarf *dwarf;
	Dwarf_Addr bias; /* address of the module - address in the debug information */
	struct unit *units;
	size_t unit_count;
	struct unit_range *ranges; /* by start */
	size_t range_count;
	bool exhausted; /* a walk ran out of its budget: the file is damaged, no more walks */
};

static const char *unit_directory(Dwarf_Die *unit)
{
	Dwarf_Attribute attribute;

	return dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
}

static int by_start(const void *a, const void *b)
{
	const struct unit_range *left = a, *right = b;

	return (left->start > right->start) - (left->start < right->start);
}

/* Adds the unit and the addresses that it says it covers. */
static void add_unit(struct code_units *units, Dwarf_Die *lines, Dwarf_Die *tree)
{
	Dwarf_Addr base, start, end;
	ptrdiff_t offset = 0;
	struct unit *unit = NULL;

	while (units->range_count < RANGES_MAX &&
	       (offset = dwarf_ranges(lines, offset, &base, &start, &end)) > 0) {
		struct unit_range *range;

		if (start >= end)
			continue;
		if (!unit) {
			unit = allocate_next(&units->units, units->unit_count++, sizeof(*unit));
			unit->lines = *lines;
			unit->tree = *tree;
			unit->directory = unit_directory(lines);
		}
		range = allocate_next(&units->ranges, units->range_count++, sizeof(*range));
		range->start = start;
		range->end = end;
		range->unit = (uint32_t)(units->unit_count - 1);
	}
}

struct code_units *code_units_new(Dwfl_Module *module)
{
	Dwarf_Addr bias;
	Dwarf *dwarf = dwfl_module_getdwarf(module, &bias);
	Dwarf_Die lines, tree;
	Dwarf_CU *unit = NULL;
	struct code_units *units;
	uint8_t kind;

	if (!dwarf)
		return NULL;
	units = allocate_zeroed(1, sizeof(*units));
	units->dwarf = dwarf;
	units->bias = bias;
	for (size_t seen = 0; seen < UNITS_MAX &&
			      dwarf_get_units(dwarf, unit, &unit, NULL, &kind, &lines, &tree) == 0;
	     seen++) {
		if (kind != DW_UT_compile && kind != DW_UT_skeleton)
			continue;
		if (dwarf_tag(&lines) == DW_TAG_invalid)
			continue;
		add_unit(units, &lines, dwarf_tag(&tree) == DW_TAG_invalid ? &lines : &tree);
	}
	if (units->range_count)
		qsort(units->ranges, units->range_count, sizeof(*units->ranges), by_start);
	return units;
}

void code_units_free(struct code_units *units)
{
	if (!units)
		return;
	free(units->units);
	free(units->ranges);
	free(units);
}

static struct unit *unit_at(const struct code_units *units, Dwarf_Addr pc)
{
	size_t low = 0, high = units->range_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (units->ranges[middle].start <= pc)
			low = middle + 1;
		else
			high = middle;
	}
	/* Ranges of sound files don't overlap, so the last that begins before PC decides. */
	if (low == 0 || pc >= units->ranges[low - 1].end)
		return NULL;
	return &units->units[units->ranges[low - 1].unit];
}

/* Counts one more entry looked at; false when the budget is used up. */
static bool take_step(struct code_units *units, size_t *steps)
{
	if (++*steps < DIES_MAX)
		return true;
	units->exhausted = true;
	return false;
}

/*
 * The function in the tree of UNIT that covers PC. Definitions stand at the top or in namespaces.
 * Only where EVERYWHERE is set are other functions and types entered too (nested functions,
 * methods of local classes): that costs a walk over the whole unit.
 */
static bool find_function(struct code_units *units, Dwarf_Die *unit, Dwarf_Addr pc, bool everywhere,
			  Dwarf_Die *function)
{
	Dwarf_Die path[DEPTH_MAX];
	size_t depth = 0, steps = 0;

	if (dwarf_child(unit, &path[0]) != 0)
		return false;
	while (take_step(units, &steps)) {
		Dwarf_Die *die = &path[depth];
		bool enter = everywhere;

		switch (dwarf_tag(die)) {
		case DW_TAG_subprogram:
			if (dwarf_haspc(die, pc) > 0) {
				*function = *die;
				return true;
			}
			break;
		case DW_TAG_namespace:
		case DW_TAG_module:
			enter = true;
			break;
		default:
			break;
		}
		if (enter && depth + 1 < DEPTH_MAX && dwarf_child(die, &path[depth + 1]) == 0) {
			depth++;
			continue;
		}
		while (dwarf_siblingof(&path[depth], &path[depth]) != 0) {
			if (depth == 0)
				return false;
			depth--;
		}
	}
	return false;
}

/* The child of DIE whose code covers PC, a block or an inlined function. */
static bool find_inner(struct code_units *units, Dwarf_Die *die, Dwarf_Addr pc, size_t *steps,
		       Dwarf_Die *inner)
{
	if (dwarf_child(die, inner) != 0)
		return false;
	while (take_step(units, steps)) {
		switch (dwarf_tag(inner)) {
		case DW_TAG_inlined_subroutine:
		case DW_TAG_lexical_block:
		case DW_TAG_try_block:
		case DW_TAG_catch_block:
			if (dwarf_haspc(inner, pc) > 0)
				return true;
			break;
		default:
			break;
		}
		if (dwarf_siblingof(inner, inner) != 0)
			return false;
	}
	return false;
}

static const char *function_name(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	const char *name;

	name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute));
	if (!name)
		name = dwarf_formstring(
			dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attribute));
	/* Nothing here reads Rust's newer mangling, but the plain name is there as well. */
	if (!name || strncmp(name, "_R", 2) == 0) {
		const char *plain = dwarf_diename(die);

		if (plain)
			name = plain;
	}
	return name;
}

static unsigned int positive_number(Dwarf_Die *die, unsigned int attribute_name)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value;

	if (dwarf_formudata(dwarf_attr(die, attribute_name, &attribute), &value) != 0 ||
	    value > INT32_MAX)
		return 0;
	return (unsigned int)value;
}

static void read_line(struct unit *unit, Dwarf_Addr pc, struct code_frame *frame)
{
	Dwarf_Line *line = dwarf_getsrc_die(&unit->lines, pc);
	int number;

	if (!line || dwarf_lineno(line, &number) != 0 || number <= 0)
		return;
	frame->file = dwarf_linesrc(line, NULL, NULL);
	frame->line = frame->file ? (unsigned int)number : 0;
}

/* Where INLINED was called: the line of the frame that it is inlined into. */
static void read_call(struct unit *unit, Dwarf_Die *inlined, struct code_frame *frame)
{
	unsigned int number = positive_number(inlined, DW_AT_call_line);
	unsigned int file = positive_number(inlined, DW_AT_call_file);
	Dwarf_Files *files;
	size_t count;

	if (!number || dwarf_getsrcfiles(&unit->tree, &files, &count) != 0 || file >= count)
		return;
	frame->file = dwarf_filesrc(files, file, NULL, NULL);
	frame->line = frame->file ? number : 0;
}

size_t code_units_frames(struct code_units *units, Dwarf_Addr address, struct code_frame *frames,
			 size_t max)
{
	Dwarf_Die functions[DEPTH_MAX], inner;
	Dwarf_Addr pc = address - units->bias;
	struct unit *unit = unit_at(units, pc);
	size_t depth = 0, count = 0, steps = 0;

	if (!unit)
		return 0;
	memset(&frames[0], 0, sizeof(frames[0]));
	frames[0].directory = unit->directory;
	read_line(unit, pc, &frames[0]);
	if (units->exhausted || (!find_function(units, &unit->tree, pc, false, &functions[0]) &&
				 !find_function(units, &unit->tree, pc, true, &functions[0])))
		return frames[0].line ? 1 : 0;
	inner = functions[0];
	for (size_t level = 0; level < DEPTH_MAX && depth + 1 < DEPTH_MAX; level++) {
		Dwarf_Die outer = inner;

		if (!find_inner(units, &outer, pc, &steps, &inner))
			break;
		if (dwarf_tag(&inner) == DW_TAG_inlined_subroutine)
			functions[++depth] = inner;
	}
	for (;;) {
		frames[count].function = function_name(&functions[depth]);
		frames[count].inlined = depth > 0;
		count++;
		if (depth == 0 || count == max)
			return count;
		memset(&frames[count], 0, sizeof(frames[count]));
		frames[count].directory = unit->directory;
		read_call(unit, &functions[depth], &frames[count]);
		depth--;
	}
}
