/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/dwarf_abbrevs.h"

#include <dwarf.h>
#include <stdlib.h>
#include "analyzer/base/allocate.h"

/* More than any compiler emits. */
#define ABBREVS_MAX    (1u << 16)
#define ATTRIBUTES_MAX 256u /* of one abbreviation */

struct step dwarf_step_of(const struct dwarf_abbrevs *abbrevs, unsigned int form)
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
		step.size = abbrevs->address_size;
		break;
	case DW_FORM_ref_addr:
		step.size = abbrevs->version <= 2 ? abbrevs->address_size : abbrevs->offset_size;
		break;
	case DW_FORM_strp:
	case DW_FORM_line_strp:
	case DW_FORM_sec_offset:
	case DW_FORM_strp_sup:
	case DW_FORM_GNU_strp_alt:
	case DW_FORM_GNU_ref_alt:
		step.size = abbrevs->offset_size;
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
	case DW_AT_call_pc:
	case DW_AT_call_return_pc:
		return PURPOSE_CALL_PC;
	case DW_AT_call_tail_call:
	case DW_AT_GNU_tail_call:
		return PURPOSE_TAIL;
	default:
		return PURPOSE_NONE;
	}
}

bool dwarf_is_call(unsigned int tag)
{
	return tag == DW_TAG_call_site || tag == DW_TAG_GNU_call_site;
}

bool dwarf_may_have_code(unsigned int tag)
{
	return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine ||
	       tag == DW_TAG_lexical_block || tag == DW_TAG_try_block || tag == DW_TAG_catch_block;
}

static void add_step(struct dwarf_abbrevs *abbrevs, struct abbrev *abbrev, struct step step)
{
	struct step *last = abbrev->step_count ? &abbrevs->steps[abbrevs->step_count - 1] : NULL;

	if (last && last->kind == STEP_FIXED && last->purpose == PURPOSE_NONE &&
	    step.kind == STEP_FIXED && step.purpose == PURPOSE_NONE) {
		last->size += step.size;
		return;
	}
	*(struct step *)allocate_next(&abbrevs->steps, abbrevs->step_count, sizeof(step)) = step;
	abbrevs->step_count++;
	abbrev->step_count++;
}

static bool add_abbrev(struct dwarf_abbrevs *abbrevs, Dwarf_Abbrev *abbreviation)
{
	struct abbrev *abbrev =
		allocate_next(&abbrevs->abbrevs, abbrevs->abbrev_count, sizeof(*abbrev));
	unsigned int attribute, form;
	Dwarf_Sword constant;
	size_t i;

	abbrev->code = dwarf_getabbrevcode(abbreviation);
	abbrev->tag = dwarf_getabbrevtag(abbreviation);
	abbrev->has_children = dwarf_abbrevhaschildren(abbreviation);
	abbrev->first_step = (uint32_t)abbrevs->step_count;
	/* dwarf_getattrcnt() (elfutils 0.188) miscounts implicit constants. */
	for (i = 0;
	     dwarf_getabbrevattr_data(abbreviation, i, &attribute, &form, &constant, NULL) == 0;
	     i++) {
		struct step step = dwarf_step_of(abbrevs, form);

		if (i == ATTRIBUTES_MAX)
			return false;
		if (dwarf_may_have_code(abbrev->tag) || dwarf_is_call(abbrev->tag))
			step.purpose = (uint8_t)purpose_of(attribute);
		add_step(abbrevs, abbrev, step);
	}
	abbrevs->abbrev_count++;
	return true;
}

static int by_code(const void *left, const void *right)
{
	const struct abbrev *a = left, *b = right;

	return a->code < b->code ? -1 : a->code > b->code ? 1 : 0;
}

bool dwarf_abbrevs_read(struct dwarf_abbrevs *abbrevs, Dwarf_Die *unit)
{
	Dwarf_Abbrev *abbreviation;
	Dwarf_Off offset = 0;
	size_t length;

	if (dwarf_cu_info(unit->cu, &abbrevs->version, NULL, NULL, NULL, NULL,
			  &abbrevs->address_size, &abbrevs->offset_size) != 0)
		return false;
	while ((abbreviation = dwarf_getabbrev(unit, offset, &length)) != NULL &&
	       abbreviation != DWARF_END_ABBREV) {
		if (abbrevs->abbrev_count == ABBREVS_MAX || !add_abbrev(abbrevs, abbreviation))
			return false;
		offset += length;
	}
	if (abbrevs->abbrev_count)
		qsort(abbrevs->abbrevs, abbrevs->abbrev_count, sizeof(*abbrevs->abbrevs), by_code);
	return abbreviation == DWARF_END_ABBREV;
}

void dwarf_abbrevs_clear(struct dwarf_abbrevs *abbrevs)
{
	free(abbrevs->abbrevs);
	free(abbrevs->steps);
}

/* Compilers number them from 1 without gaps; any other numbering is searched. */
const struct abbrev *dwarf_abbrev_of(const struct dwarf_abbrevs *abbrevs, uint64_t code)
{
	const struct abbrev key = { .code = code };

	if (!abbrevs->abbrev_count)
		return NULL;
	if (code <= abbrevs->abbrev_count && abbrevs->abbrevs[code - 1].code == code)
		return &abbrevs->abbrevs[code - 1];
	return bsearch(&key, abbrevs->abbrevs, abbrevs->abbrev_count, sizeof(key), by_code);
}
