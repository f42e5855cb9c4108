/* SPDX-License-Identifier: MIT */
#include "preload/unwind/unwind_entry.h"

#include <stddef.h>

/* DW_EH_PE_*: the formats of pointers, and what they are relative to. */
#define FORMAT_ABSOLUTE 0x00
#define FORMAT_UDATA2   0x02
#define FORMAT_UDATA4   0x03
#define FORMAT_UDATA8   0x04
#define FORMAT_SDATA2   0x0a
#define FORMAT_SDATA4   0x0b
#define FORMAT_SDATA8   0x0c
#define RELATIVE_TO_IT  0x10 /* to the place where it is written */
#define RELATIVE_TO_HDR 0x30
#define INDIRECT        0x80

uint64_t unwind_pointer(struct unwind_bytes *bytes, uint8_t encoding)
{
	uint64_t place = (uintptr_t)bytes->at, value;

	switch (encoding & UNWIND_POINTER_FORMAT) {
	case FORMAT_ABSOLUTE:
	case FORMAT_UDATA8:
	case FORMAT_SDATA8:
		value = unwind_number(bytes, 8);
		break;
	case FORMAT_UDATA4:
		value = unwind_number(bytes, 4);
		break;
	case FORMAT_SDATA4:
		value = (uint64_t)(int64_t)(int32_t)unwind_number(bytes, 4);
		break;
	case FORMAT_UDATA2:
		value = unwind_number(bytes, 2);
		break;
	case FORMAT_SDATA2:
		value = (uint64_t)(int64_t)(int16_t)unwind_number(bytes, 2);
		break;
	default:
		bytes->bad = true;
		return 0;
	}
	switch (encoding & UNWIND_POINTER_RELATIVE & ~INDIRECT) {
	case 0:
		return value;
	case RELATIVE_TO_IT:
		return place + value;
	default:
		bytes->bad = true;
		return 0;
	}
}

/*
 * .eh_frame_hdr as all linkers write it: the table has a row for each function, sorted by address,
 * both columns relative to the header itself.
 */
struct header {
	uint8_t version;
	uint8_t frame_pointer_encoding;
	uint8_t count_encoding;
	uint8_t table_encoding;
	int32_t frame_pointer;
	uint32_t count;
	struct {
		int32_t code;
		int32_t entry;
	} rows[];
};

/*
 * Where the entry of the last function that begins at ADDRESS or before lies, from the header;
 * false: there is none.
 */
static bool search(const struct header *header, uint64_t address, int64_t *entry)
{
	int64_t wanted = (int64_t)(address - (uintptr_t)header);
	uint32_t low = 0, high = header->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (header->rows[middle].code <= wanted)
			low = middle + 1;
		else
			high = middle;
	}
	*entry = low > 0 ? header->rows[low - 1].entry : 0;
	return low > 0;
}

static bool is_whole(const struct unwind_header *found)
{
	const struct header *header = (const void *)found->header;
	size_t room = (size_t)(found->end - found->header);

	return room >= sizeof(*header) &&
	       header->count <= (room - sizeof(*header)) / sizeof(header->rows[0]);
}

static bool is_readable_table(const struct header *header)
{
	return header->version == 1 && header->count_encoding == FORMAT_UDATA4 &&
	       header->table_encoding == (RELATIVE_TO_HDR | FORMAT_SDATA4) &&
	       (header->frame_pointer_encoding & UNWIND_POINTER_FORMAT) == FORMAT_SDATA4;
}

/*
 * The record that lies AT bytes from BASE: its length, then as many bytes, all within the segment
 * of FOUND. The 64-bit form is bad: nobody writes it.
 */
static struct unwind_bytes record_at(const struct unwind_header *found, const uint8_t *base,
				     int64_t at)
{
	struct unwind_bytes head = { .bad = true };
	uint64_t length;

	if (at < found->start - base || at >= found->end - base)
		return head;
	head = (struct unwind_bytes){ .at = base + at, .end = found->end };
	length = unwind_number(&head, 4);
	if (length == 0 || length >= 0xfffffff0u)
		head.bad = true;
	return unwind_part(&head, length);
}

/* What the letters of a common entry's augmentation stand for. */
static bool read_augmentation(struct unwind_bytes *bytes, const char *letters,
			      struct unwind_entry *entry)
{
	struct unwind_bytes values;

	if (*letters == '\0')
		return true;
	if (*letters++ != 'z')
		return false;
	values = unwind_part(bytes, unwind_unsigned(bytes));
	for (; *letters; letters++) {
		uint8_t encoding;

		switch (*letters) {
		case 'R':
			entry->pointers = unwind_byte(&values);
			break;
		case 'L': /* how the FDE writes its table of landing pads */
			unwind_byte(&values);
			break;
		case 'P': /* the personality routine */
			encoding = unwind_byte(&values);
			if (encoding != UNWIND_POINTER_OMITTED)
				unwind_pointer(&values, encoding);
			break;
		case 'S':
			entry->is_signal = true;
			break;
		default:
			return false;
		}
	}
	return !values.bad;
}

static bool read_common(struct unwind_bytes bytes, struct unwind_entry *entry,
			bool *has_augmentation)
{
	const char *letters;
	uint8_t version;

	if (unwind_number(&bytes, 4) != 0)
		return false;
	version = unwind_byte(&bytes);
	letters = (const char *)bytes.at;
	if (version != 1 && version != 3)
		return false;
	while (unwind_byte(&bytes) != '\0')
		;
	entry->code_unit = unwind_unsigned(&bytes);
	entry->place_unit = unwind_signed(&bytes);
	entry->return_column = version == 1 ? unwind_byte(&bytes) : unwind_unsigned(&bytes);
	if (bytes.bad || !read_augmentation(&bytes, letters, entry))
		return false;
	*has_augmentation = *letters == 'z';
	entry->common_program = bytes;
	return !bytes.bad;
}

enum unwind_found unwind_entry_read(const struct unwind_header *found, int64_t at,
				    struct unwind_entry *entry)
{
	struct unwind_bytes bytes = record_at(found, found->header, at), common;
	const uint8_t *origin = bytes.at;
	uint64_t distance = unwind_number(&bytes, 4);
	bool has_augmentation;

	*entry = (struct unwind_entry){ .pointers = FORMAT_ABSOLUTE };
	if (bytes.bad || distance == 0)
		return UNWIND_OUT_OF_BOUNDS;
	common = record_at(found, origin, -(int64_t)distance);
	if (common.bad)
		return UNWIND_OUT_OF_BOUNDS;
	if (!read_common(common, entry, &has_augmentation) || entry->pointers & INDIRECT)
		return UNWIND_UNREAD_FORM;
	entry->start = unwind_pointer(&bytes, entry->pointers);
	entry->end = entry->start + unwind_pointer(&bytes, entry->pointers & UNWIND_POINTER_FORMAT);
	if (has_augmentation)
		unwind_part(&bytes, unwind_unsigned(&bytes));
	entry->program = bytes;
	return bytes.bad ? UNWIND_OUT_OF_BOUNDS : UNWIND_FOUND;
}

enum unwind_found unwind_entry_find(const struct unwind_header *found, uint64_t address,
				    struct unwind_entry *entry)
{
	const struct header *header;
	enum unwind_found result;
	int64_t at;

	if (!found->header)
		return UNWIND_NO_ENTRY;
	if (!found->start || !is_whole(found))
		return UNWIND_OUT_OF_BOUNDS;
	header = (const void *)found->header;
	if (!is_readable_table(header))
		return UNWIND_UNREAD_FORM;
	if (!search(header, address, &at))
		return UNWIND_NO_ENTRY;
	result = unwind_entry_read(found, at, entry);
	if (result != UNWIND_FOUND)
		return result;
	return address >= entry->start && address < entry->end ? UNWIND_FOUND : UNWIND_NO_ENTRY;
}
