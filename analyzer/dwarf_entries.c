/* SPDX-License-Identifier: MIT */
#include "analyzer/dwarf_entries.h"

#include <dwarf.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include "analyzer/allocate.h"

/* More than any compiler has made of them. */
#define SHAPES_MAX     (1u << 16)
#define ATTRIBUTES_MAX 256u /* of one shape */

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

struct dwarf_entries {
	const uint8_t *section; /* offset 0 */
	const uint8_t *place, *end;
	unsigned int depth;
	bool big_endian;
	uint8_t address_size, offset_size;
	Dwarf_Half version;
	struct shape *shapes; /* by code */
	size_t shape_count;
	struct step *steps;
	size_t step_count;
};

static struct step step_of(const struct dwarf_entries *entries, unsigned int form)
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
		step.size = entries->address_size;
		break;
	case DW_FORM_ref_addr:
		step.size = entries->version <= 2 ? entries->address_size : entries->offset_size;
		break;
	case DW_FORM_strp:
	case DW_FORM_line_strp:
	case DW_FORM_sec_offset:
	case DW_FORM_strp_sup:
	case DW_FORM_GNU_strp_alt:
	case DW_FORM_GNU_ref_alt:
		step.size = entries->offset_size;
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

/* Only of these it matters where their code is; so the steps of all others can be joined. */
static bool may_have_code(unsigned int tag)
{
	return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine ||
	       tag == DW_TAG_lexical_block || tag == DW_TAG_try_block || tag == DW_TAG_catch_block;
}

static void add_step(struct dwarf_entries *entries, struct shape *shape, struct step step)
{
	struct step *last = shape->step_count ? &entries->steps[entries->step_count - 1] : NULL;

	if (last && last->kind == STEP_FIXED && last->purpose == PURPOSE_NONE &&
	    step.kind == STEP_FIXED && step.purpose == PURPOSE_NONE) {
		last->size += step.size;
		return;
	}
	*(struct step *)allocate_next(&entries->steps, entries->step_count, sizeof(step)) = step;
	entries->step_count++;
	shape->step_count++;
}

static bool add_shape(struct dwarf_entries *entries, Dwarf_Abbrev *abbreviation)
{
	struct shape *shape = allocate_next(&entries->shapes, entries->shape_count, sizeof(*shape));
	unsigned int attribute, form;
	Dwarf_Sword constant;
	size_t i;

	shape->code = dwarf_getabbrevcode(abbreviation);
	shape->tag = dwarf_getabbrevtag(abbreviation);
	shape->has_children = dwarf_abbrevhaschildren(abbreviation);
	shape->first_step = (uint32_t)entries->step_count;
	/* dwarf_getattrcnt() (elfutils 0.188) counts wrong where there are implicit constants. */
	for (i = 0;
	     dwarf_getabbrevattr_data(abbreviation, i, &attribute, &form, &constant, NULL) == 0;
	     i++) {
		struct step step = step_of(entries, form);

		if (i == ATTRIBUTES_MAX)
			return false;
		if (may_have_code(shape->tag))
			step.purpose = (uint8_t)purpose_of(attribute);
		add_step(entries, shape, step);
	}
	entries->shape_count++;
	return true;
}

static int by_code(const void *left, const void *right)
{
	const struct shape *a = left, *b = right;

	return a->code < b->code ? -1 : a->code > b->code ? 1 : 0;
}

static bool read_shapes(struct dwarf_entries *entries, Dwarf_Die *unit)
{
	Dwarf_Abbrev *abbreviation;
	Dwarf_Off offset = 0;
	size_t length;

	while ((abbreviation = dwarf_getabbrev(unit, offset, &length)) != NULL &&
	       abbreviation != DWARF_END_ABBREV) {
		if (entries->shape_count == SHAPES_MAX || !add_shape(entries, abbreviation))
			return false;
		offset += length;
	}
	if (entries->shape_count)
		qsort(entries->shapes, entries->shape_count, sizeof(*entries->shapes), by_code);
	return abbreviation == DWARF_END_ABBREV;
}

/* Compilers number them from 1 without gaps, others are searched. */
static const struct shape *shape_of(const struct dwarf_entries *entries, uint64_t code)
{
	const struct shape key = { .code = code };

	if (code <= entries->shape_count && entries->shapes[code - 1].code == code)
		return &entries->shapes[code - 1];
	return bsearch(&key, entries->shapes, entries->shape_count, sizeof(key), by_code);
}

static bool read_leb(struct dwarf_entries *entries, uint64_t *value)
{
	unsigned int shift = 0;

	*value = 0;
	while (entries->place < entries->end) {
		uint8_t byte = *entries->place++;

		if (shift < 64)
			*value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

static bool skip(struct dwarf_entries *entries, uint64_t size)
{
	if (size > (uint64_t)(entries->end - entries->place))
		return false;
	entries->place += size;
	return true;
}

static bool read_fixed(struct dwarf_entries *entries, uint32_t size, uint64_t *value)
{
	const uint8_t *bytes = entries->place;
	uint32_t i;

	*value = 0;
	if (!skip(entries, size))
		return false;
	for (i = 0; i < size && i < sizeof(*value); i++)
		*value |= (uint64_t)bytes[i] << 8 * (entries->big_endian ? (size - 1 - i) & 7 : i);
	return true;
}

static bool take_step(struct dwarf_entries *entries, struct step step)
{
	const uint8_t *end;
	uint64_t number;

	while (step.kind == STEP_INDIRECT) {
		if (!read_leb(entries, &number) || number > UINT16_MAX)
			return false;
		step = step_of(entries, (unsigned int)number);
	}
	switch ((enum step_kind)step.kind) {
	case STEP_FIXED:
		return skip(entries, step.size);
	case STEP_LEB:
		return read_leb(entries, &number);
	case STEP_STRING:
		end = memchr(entries->place, 0, (size_t)(entries->end - entries->place));
		return end && skip(entries, (uint64_t)(end + 1 - entries->place));
	case STEP_BLOCK:
		return read_fixed(entries, step.size, &number) && skip(entries, number);
	case STEP_LEB_BLOCK:
		return read_leb(entries, &number) && skip(entries, number);
	default:
		return false;
	}
}

/* A value that matters; *is_known is set where it is an address or a plain number. */
static bool read_number(struct dwarf_entries *entries, const struct step *step, uint64_t *value,
			bool *is_known)
{
	*is_known = true;
	switch (step->form) {
	case DW_FORM_addr:
	case DW_FORM_data1:
	case DW_FORM_data2:
	case DW_FORM_data4:
	case DW_FORM_data8:
		return read_fixed(entries, step->size, value);
	case DW_FORM_udata:
		return read_leb(entries, value);
	default:
		*is_known = false;
		return take_step(entries, *step);
	}
}

/* An entry that may have code: gets over its values and notes the addresses. */
static bool read_code(struct dwarf_entries *entries, const struct step *steps, size_t count,
		      struct dwarf_entry *entry)
{
	bool low_known = false, high_known = false, has_low = false, has_high = false;
	bool has_ranges = false, high_is_size = false;
	size_t i;

	for (i = 0; i < count; i++) {
		bool ok;

		switch ((enum step_purpose)steps[i].purpose) {
		case PURPOSE_LOW_PC:
			has_low = true;
			ok = read_number(entries, &steps[i], &entry->start, &low_known);
			break;
		case PURPOSE_HIGH_PC:
			has_high = true;
			high_is_size = steps[i].form != DW_FORM_addr;
			ok = read_number(entries, &steps[i], &entry->end, &high_known);
			break;
		default:
			has_ranges |= steps[i].purpose == PURPOSE_RANGES;
			ok = take_step(entries, steps[i]);
			break;
		}
		if (!ok)
			return false;
	}
	if (has_ranges)
		entry->code = ENTRY_ELSEWHERE;
	else if (!has_low || !has_high)
		entry->code = ENTRY_NO_CODE;
	else
		entry->code = low_known && high_known ? ENTRY_RANGE : ENTRY_ELSEWHERE;
	if (entry->code == ENTRY_RANGE && high_is_size)
		entry->end += entry->start;
	return true;
}

bool dwarf_entries_next(struct dwarf_entries *entries, struct dwarf_entry *entry)
{
	const struct shape *shape;
	const struct step *steps;
	uint64_t code;
	size_t i;

	for (;;) {
		entry->offset = (Dwarf_Off)(entries->place - entries->section);
		if (!read_leb(entries, &code))
			return false;
		if (code)
			break;
		/* The end of a list of children; of the unit's own: the end of all. */
		if (entries->depth <= 1)
			return false;
		entries->depth--;
	}
	shape = shape_of(entries, code);
	if (!shape)
		return false;
	entry->tag = shape->tag;
	entry->depth = entries->depth;
	entry->code = ENTRY_NO_CODE;
	steps = &entries->steps[shape->first_step];
	if (may_have_code(shape->tag)) {
		if (!read_code(entries, steps, shape->step_count, entry))
			return false;
	} else {
		for (i = 0; i < shape->step_count; i++)
			if (!take_step(entries, steps[i]))
				return false;
	}
	entries->depth += shape->has_children;
	return true;
}

/* The bytes of the section that holds the entry at PLACE; NULL: none does. */
static const Elf_Data *section_of(Dwarf *dwarf, const uint8_t *place)
{
	Elf *elf = dwarf_getelf(dwarf);
	Elf_Scn *section = NULL;

	while (elf && (section = elf_nextscn(elf, section)) != NULL) {
		GElf_Shdr header;
		const Elf_Data *bytes;

		if (!gelf_getshdr(section, &header) || header.sh_type == SHT_NOBITS)
			continue;
		bytes = elf_getdata(section, NULL);
		if (bytes && bytes->d_buf && place >= (const uint8_t *)bytes->d_buf &&
		    place < (const uint8_t *)bytes->d_buf + bytes->d_size)
			return bytes;
	}
	return NULL;
}

struct dwarf_entries *dwarf_entries_new(Dwarf_Die *unit)
{
	struct dwarf_entries *entries = allocate_zeroed(1, sizeof(*entries));
	Dwarf *dwarf = dwarf_cu_getdwarf(unit->cu);
	Dwarf_Off offset = dwarf_dieoffset(unit), next;
	const Elf_Data *bytes;
	size_t header_size;
	const char *identity;

	entries->place = unit->addr;
	bytes = section_of(dwarf, entries->place);
	identity = bytes ? elf_getident(dwarf_getelf(dwarf), NULL) : NULL;
	if (!identity ||
	    dwarf_cu_info(unit->cu, &entries->version, NULL, NULL, NULL, NULL,
			  &entries->address_size, &entries->offset_size) != 0 ||
	    dwarf_next_unit(dwarf, offset - dwarf_cuoffset(unit), &next, &header_size, NULL, NULL,
			    NULL, NULL, NULL, NULL) != 0)
		goto unreadable;
	entries->big_endian = identity[EI_DATA] == ELFDATA2MSB;
	entries->section = bytes->d_buf;
	if (offset != (Dwarf_Off)(entries->place - entries->section))
		goto unreadable;
	entries->end = entries->section + (next < bytes->d_size ? next : bytes->d_size);
	if (entries->end < entries->place || !read_shapes(entries, unit))
		goto unreadable;
	return entries;
unreadable:
	dwarf_entries_free(entries);
	return NULL;
}

void dwarf_entries_free(struct dwarf_entries *entries)
{
	free(entries->shapes);
	free(entries->steps);
	free(entries);
}
