/* SPDX-License-Identifier: MIT */
#include "preload/runtimes/python/python_lines.h"

#include <stdbool.h>

/* Pairs of bytes: instructions' bytes, signed difference of lines. Each begins a line. */
static int64_t line_in_lnotab(const uint8_t *table, size_t size, int32_t first, uint32_t at,
			      size_t *used)
{
	int64_t line = first;
	uint32_t address = 0;

	for (*used = 0; *used + 1 < size; *used += 2) {
		address += table[*used];
		if (address > at)
			break;
		line += (int8_t)table[*used + 1];
	}
	return line;
}

/* Pairs of bytes: instructions' bytes, signed difference of lines; -128: these have no line. */
static int64_t line_in_pairs(const uint8_t *table, size_t size, int32_t first, uint32_t at,
			     size_t *used)
{
	int64_t line = first;
	uint32_t end = 0;

	for (*used = 0; *used + 1 < size;) {
		int8_t step = (int8_t)table[*used + 1];

		end += table[*used];
		*used += 2;
		if (step != -128)
			line += step;
		if (at < end)
			return step == -128 ? 0 : line;
	}
	return 0;
}

/* Six bits a byte, the lowest first; bit 6: more follow. */
static uint32_t read_varint(const uint8_t *table, size_t size, size_t *place)
{
	uint32_t value = 0, shift = 0;
	uint8_t byte;

	do {
		if (*place >= size)
			return 0;
		byte = table[(*place)++];
		value |= shift < 30 ? (uint32_t)(byte & 0x3f) << shift : 0;
		shift += 6;
	} while (byte & 0x40);
	return value;
}

/* The lowest bit is the sign. */
static int64_t read_signed_varint(const uint8_t *table, size_t size, size_t *place)
{
	uint32_t value = read_varint(table, size, place);

	return value & 1 ? -(int64_t)(value >> 1) : (int64_t)(value >> 1);
}

/* Entries that begin with a byte whose bit 7 is set: kind in bits 3-6, code units - 1 below. */
static int64_t line_in_locations(const uint8_t *table, size_t size, int32_t first, uint32_t at,
				 size_t *used)
{
	enum { ONE_LINE = 10, NO_COLUMNS = 13, LONG = 14, NO_LINE = 15 };
	int64_t line = first;
	uint32_t end = 0;

	*used = 0;
	while (*used < size) {
		uint8_t head = table[(*used)++], kind = head >> 3 & 15;

		end += ((head & 7) + 1u) * CODE_UNIT;
		if (kind == NO_COLUMNS || kind == LONG)
			line += read_signed_varint(table, size, used);
		else if (kind >= ONE_LINE && kind < NO_COLUMNS)
			line += kind - ONE_LINE;
		if (at < end)
			return kind == NO_LINE ? 0 : line;
		while (*used < size && !(table[*used] & 0x80))
			(*used)++;
	}
	return 0;
}

uint32_t python_line_at(enum python_line_table kind, const uint8_t *table, size_t size,
			int32_t first, uint32_t at, size_t *used)
{
	int64_t line = 0;

	switch (kind) {
	case LINES_LNOTAB:
		line = line_in_lnotab(table, size, first, at, used);
		break;
	case LINES_PAIRS:
		line = line_in_pairs(table, size, first, at, used);
		break;
	case LINES_LOCATIONS:
		line = line_in_locations(table, size, first, at, used);
		break;
	}
	return line > 0 && line <= INT32_MAX ? (uint32_t)line : 0;
}
