/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/dwarf_shapes.h"

#include <dwarf.h>
#include <stdlib.h>
#include "analyzer/base/allocate.h"

/* More than any compiler has made of them. */
#define SHAPES_MAX     (1u << 16)
#define ATTRIBUTES_MAX 256u /* of one shape */

struct step dwarf_step_of(const struct dwarf_shapes *shapes, unsigned int form)
{
	struct step step = { .form = (uint16_t)form, .kind = STEP_FIXED };

	switch (form) {
	case DW_FORM_flag_present:
	case DW_FORM_implicit_const:
		break;
	case DW_FORM_data1:
	case DW_FORM_ref1:
	case DW_FORM_flag:
	case DW_FORM_strx1:
	case DW_FORM_addrx1:
		step.size = 1;
		break;
	case DW_FORM_data2:
	case DW_FORM_ref2:
	case DW_FORM_strx2:
	case DW_FORM_addrx2:
		step.size = 2;
		break;
	case DW_FORM_strx3:
	case DW_FORM_addrx3:
		step.size = 3;
		break;
	case DW_FORM_data4:
	case DW_FORM_ref4:
	case DW_FORM_strx4:
	case DW_FORM_addrx4:
	case DW_FORM_ref_sup4:
		step.size = 4;
		break;
	case DW_FORM_data8:
	case DW_FORM_ref8:
	case DW_FORM_ref_sig8:
	case DW_FORM_ref_sup8:
		step.size = 8;
		break;
	case DW_FORM_data16:
		step.size = 16;
		break;
	case DW_FORM_addr:
		step.size = shapes->address_size;
		break;
	case DW_FORM_ref_addr:
		step.size = shapes->version <= 2 ? shapes->address_size : shapes->offset_size;
		break;
	case DW_FORM_strp:
	case DW_FORM_line_strp:
	case DW_FORM_sec_offset:
	case DW_FORM_strp_sup:
	case DW_FORM_GNU_strp_alt:
	case DW_FORM_GNU_ref_alt:
		step.size = shapes->offset_size;
		break;
	case DW_FORM_udata:
	case DW_FORM_sdata:
	case DW_FORM_ref_udata:
	case DW_FORM_strx:
	case DW_FORM_addrx:
	case DW_FORM_loclistx:
	case DW_FORM_rnglistx:
	case DW_FORM_GNU_addr_index:
	case DW_FORM_GNU_str_index:
		step.kind = STEP_LEB;
		break;
	case DW_FORM_string:
		step.kind = STEP_STRING;
		break;
	case DW_FORM_block1:
		step.kind = STEP_BLOCK;
		step.size = 1;
		break;
	case DW_FORM_block2:
		step.kind = STEP_BLOCK;
		step.size = 2;
		break;
	case DW_FORM_block4:
		step.kind = STEP_BLOCK;
		step.size = 4;
		break;
	case DW_FORM_block:
	case DW_FORM_exprloc:
		step.kind = STEP_LEB_BLOCK;
		break;
	case DW_FORM_indirect:
		step.kind = STEP_INDIRECT;
		break;
	default:
		step.kind = STEP_UNKNOWN;
		break;
	}
	return step;
}

static enum step_purpose purpose_of(unsigned int attribute)
{
	switch (attribute) {
	case DW_AT_low_pc:
		return PURPOSE_LOW_PC;
	case DW_AT_high_pc:
		return PURPOSE_HIGH_PC;
	case DW_AT_ranges:
		return PURPOSE_RANGES;
	default:
		return PURPOSE_NONE;
	}
}

bool dwarf_may_have_code(unsigned int tag)
{
	return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine ||
	       tag == DW_TAG_lexical_block || tag == DW_TAG_try_block || tag == DW_TAG_catch_block;
}

static void add_step(struct dwarf_shapes *shapes, struct shape *shape, struct step step)
{
	struct step *last = shape->step_count ? &shapes->steps[shapes->step_count - 1] : NULL;

	if (last && last->kind == STEP_FIXED && last->purpose == PURPOSE_NONE &&
	    step.kind == STEP_FIXED && step.purpose == PURPOSE_NONE) {
		last->size += step.size;
		return;
	}
	*(struct step *)allocate_next(&shapes->steps, shapes->step_count, sizeof(step)) = step;
	shapes->step_count++;
	shape->step_count++;
}

static bool add_shape(struct dwarf_shapes *shapes, Dwarf_Abbrev *abbreviation)
{
	struct shape *shape = allocate_next(&shapes->shapes, shapes->shape_count, sizeof(*shape));
	unsigned int attribute, form;
	Dwarf_Sword constant;
	size_t i;

	shape->code = dwarf_getabbrevcode(abbreviation);
	shape->tag = dwarf_getabbrevtag(abbreviation);
	shape->has_children = dwarf_abbrevhaschildren(abbreviation);
	shape->first_step = (uint32_t)shapes->step_count;
	/* dwarf_getattrcnt() (elfutils 0.188) counts wrong where there are implicit constants. */
	for (i = 0;
	     dwarf_getabbrevattr_data(abbreviation, i, &attribute, &form, &constant, NULL) == 0;
	     i++) {
		struct step step = dwarf_step_of(shapes, form);

		if (i == ATTRIBUTES_MAX)
			return false;
		if (dwarf_may_have_code(shape->tag))
			step.purpose = (uint8_t)purpose_of(attribute);
		add_step(shapes, shape, step);
	}
	shapes->shape_count++;
	return true;
}

static int by_code(const void *left, const void *right)
{
	const struct shape *a = left, *b = right;

	return a->code < b->code ? -1 : a->code > b->code ? 1 : 0;
}

bool dwarf_shapes_read(struct dwarf_shapes *shapes, Dwarf_Die *unit)
{
	Dwarf_Abbrev *abbreviation;
	Dwarf_Off offset = 0;
	size_t length;

	if (dwarf_cu_info(unit->cu, &shapes->version, NULL, NULL, NULL, NULL, &shapes->address_size,
			  &shapes->offset_size) != 0)
		return false;
	while ((abbreviation = dwarf_getabbrev(unit, offset, &length)) != NULL &&
	       abbreviation != DWARF_END_ABBREV) {
		if (shapes->shape_count == SHAPES_MAX || !add_shape(shapes, abbreviation))
			return false;
		offset += length;
	}
	if (shapes->shape_count)
		qsort(shapes->shapes, shapes->shape_count, sizeof(*shapes->shapes), by_code);
	return abbreviation == DWARF_END_ABBREV;
}

void dwarf_shapes_clear(struct dwarf_shapes *shapes)
{
	free(shapes->shapes);
	free(shapes->steps);
}

/* Compilers number them from 1 without gaps, others are searched. */
const struct shape *dwarf_shape_of(const struct dwarf_shapes *shapes, uint64_t code)
{
	const struct shape key = { .code = code };

	if (!shapes->shape_count)
		return NULL;
	if (code <= shapes->shape_count && shapes->shapes[code - 1].code == code)
		return &shapes->shapes[code - 1];
	return bsearch(&key, shapes->shapes, shapes->shape_count, sizeof(key), by_code);
}
