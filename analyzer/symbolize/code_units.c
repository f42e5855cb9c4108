/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/code_units.h"

#include <dwarf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "analyzer/base/allocate.h"
#include "analyzer/base/sorted_rows.h"
#include "analyzer/symbolize/function_index.h"

/* Nesting of inlined functions; below 50 in practice. */
#define DEPTH_MAX  256
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
	struct function_index *functions; /* NULL: not indexed yet */
};

struct code_units {
	Dwarf *dwarf;
	Dwarf_Addr bias; /* address of the module - address in the debug information */
	struct unit *units;
	size_t unit_count;
	struct unit_range *ranges; /* by start */
	size_t range_count;
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

/* Adds the unit and the addresses that it covers. */
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
	size_t i;

	if (!units)
		return;
	for (i = 0; i < units->unit_count; i++)
		function_index_free(units->units[i].functions);
	free(units->units);
	free(units->ranges);
	free(units);
}

static bool begins_until(const void *row, const void *pc)
{
	return ((const struct unit_range *)row)->start <= *(const Dwarf_Addr *)pc;
}

static struct unit *unit_at(const struct code_units *units, Dwarf_Addr pc)
{
	size_t count = rows_before(units->ranges, units->range_count, sizeof(*units->ranges),
				   begins_until, &pc);

	/* Ranges of undamaged files don't overlap: the last that begins at or before PC decides. */
	if (count == 0 || pc >= units->ranges[count - 1].end)
		return NULL;
	return &units->units[units->ranges[count - 1].unit];
}

const char *code_units_function(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	const char *name;

	name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute));
	if (!name)
		name = dwarf_formstring(
			dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attribute));
	return name ? name : dwarf_diename(die);
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

/* Where INLINED was called: the line in the function that it is inlined into. */
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

static struct function_index *index_of(struct unit *unit)
{
	if (!unit->functions)
		unit->functions = function_index_new(&unit->tree);
	return unit->functions;
}

struct function_index *code_units_index(struct code_units *units, Dwarf_Addr address,
					Dwarf_Addr *pc)
{
	struct unit *unit = unit_at(units, address - units->bias);

	*pc = address - units->bias;
	return unit ? index_of(unit) : NULL;
}

void code_units_line(struct code_units *units, Dwarf_Addr address, struct code_frame *frame)
{
	Dwarf_Addr pc = address - units->bias;
	struct unit *unit = unit_at(units, pc);

	memset(frame, 0, sizeof(*frame));
	if (!unit)
		return;
	frame->directory = unit->directory;
	read_line(unit, pc, frame);
}

Dwarf_Addr code_units_address(const struct code_units *units, Dwarf_Addr pc)
{
	return pc + units->bias;
}

size_t code_units_frames(struct code_units *units, Dwarf_Addr address, struct code_frame *frames,
			 size_t max)
{
	Dwarf_Die functions[DEPTH_MAX];
	Dwarf_Addr pc = address - units->bias;
	struct unit *unit = unit_at(units, pc);
	size_t depth, count = 0;

	if (!unit)
		return 0;
	memset(&frames[0], 0, sizeof(frames[0]));
	frames[0].directory = unit->directory;
	read_line(unit, pc, &frames[0]);
	depth = function_index_find(index_of(unit), pc, functions, DEPTH_MAX);
	if (depth == 0)
		return frames[0].line ? 1 : 0;
	for (;;) {
		depth--;
		frames[count].function = code_units_function(&functions[depth]);
		frames[count].inlined = depth > 0;
		count++;
		if (depth == 0 || count == max)
			return count;
		memset(&frames[count], 0, sizeof(frames[count]));
		frames[count].directory = unit->directory;
		read_call(unit, &functions[depth], &frames[count]);
	}
}
