/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/dwarf_entries.h"

#include <dwarf.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include "analyzer/base/allocate.h"
#include "analyzer/symbolize/dwarf_abbrevs.h"

struct dwarf_entries {
	const uint8_t *section; /* offset 0 */
	const uint8_t *place, *end;
	unsigned int depth;
	bool big_endian;
	struct dwarf_abbrevs abbrevs;
};

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

static bool skip_value(struct dwarf_entries *entries, struct step step)
{
	const uint8_t *end;
	uint64_t number;

	while (step.kind == STEP_INDIRECT) {
		if (!read_leb(entries, &number) || number > UINT16_MAX)
			return false;
		step = dwarf_step_of(&entries->abbrevs, (unsigned int)number);
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

/* Reads an address or a number; *is_known is false where it is only an index, and skipped. */
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
		return skip_value(entries, *step);
	}
}

/* Skips the values of an entry that may have code, and takes the addresses from them. */
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
			ok = skip_value(entries, steps[i]);
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

/* Skips the values of a call's entry, and takes its place from them. */
static bool read_call(struct dwarf_entries *entries, const struct step *steps, size_t count,
		      struct dwarf_entry *entry)
{
	bool is_known = false, ok;
	size_t i;

	for (i = 0; i < count; i++) {
		if (steps[i].purpose == PURPOSE_CALL_PC || steps[i].purpose == PURPOSE_LOW_PC)
			ok = read_number(entries, &steps[i], &entry->start, &is_known);
		else
			ok = skip_value(entries, steps[i]);
		if (!ok)
			return false;
		entry->tail |= steps[i].purpose == PURPOSE_TAIL;
	}
	entry->code = is_known ? ENTRY_RANGE : ENTRY_ELSEWHERE;
	entry->end = entry->start;
	return true;
}

bool dwarf_entries_next(struct dwarf_entries *entries, struct dwarf_entry *entry)
{
	const struct abbrev *abbrev;
	const struct step *steps;
	uint64_t code;
	size_t i;

	for (;;) {
		entry->offset = (Dwarf_Off)(entries->place - entries->section);
		if (!read_leb(entries, &code))
			return false;
		if (code)
			break;
		/* The end of a list of children; at depth 1, the end of the unit. */
		if (entries->depth <= 1)
			return false;
		entries->depth--;
	}
	abbrev = dwarf_abbrev_of(&entries->abbrevs, code);
	if (!abbrev)
		return false;
	entry->tag = abbrev->tag;
	entry->depth = entries->depth;
	entry->code = ENTRY_NO_CODE;
	entry->tail = false;
	steps = &entries->abbrevs.steps[abbrev->first_step];
	if (dwarf_may_have_code(abbrev->tag)) {
		if (!read_code(entries, steps, abbrev->step_count, entry))
			return false;
	} else if (dwarf_is_call(abbrev->tag)) {
		if (!read_call(entries, steps, abbrev->step_count, entry))
			return false;
	} else {
		for (i = 0; i < abbrev->step_count; i++)
			if (!skip_value(entries, steps[i]))
				return false;
	}
	entries->depth += abbrev->has_children;
	return true;
}

/* The section that contains PLACE; NULL: none does. */
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
	if (!identity || dwarf_next_unit(dwarf, offset - dwarf_cuoffset(unit), &next, &header_size,
					 NULL, NULL, NULL, NULL, NULL, NULL) != 0)
		goto unreadable;
	entries->big_endian = identity[EI_DATA] == ELFDATA2MSB;
	entries->section = bytes->d_buf;
	if (offset != (Dwarf_Off)(entries->place - entries->section))
		goto unreadable;
	entries->end = entries->section + (next < bytes->d_size ? next : bytes->d_size);
	if (entries->end < entries->place || !dwarf_abbrevs_read(&entries->abbrevs, unit))
		goto unreadable;
	return entries;
unreadable:
	dwarf_entries_free(entries);
	return NULL;
}

void dwarf_entries_free(struct dwarf_entries *entries)
{
	dwarf_abbrevs_clear(&entries->abbrevs);
	free(entries);
}
