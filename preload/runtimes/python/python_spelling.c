/* SPDX-License-Identifier: MIT */
#include "preload/runtimes/python/python_spelling.h"

#include <string.h>
#include "preload/runtimes/python/python_memory.h"

bool python_characters(const struct python_layout *layout, const void *object, uint64_t address,
		       size_t most, struct python_characters *found)
{
	int64_t length = python_word(object, TEXT_LENGTH);
	uint32_t state = (uint32_t)python_int(object, TEXT_STATE);

	found->width = TEXT_KIND(state);
	if (length < 0 || !(state & TEXT_COMPACT) ||
	    (found->width != 1 && found->width != 2 && found->width != 4))
		return false;
	found->ascii = (state & TEXT_ASCII) != 0;
	found->count = (uint64_t)length < most ? (size_t)length : most;
	found->start = address + (found->ascii ? layout->ascii_size : layout->compact_size);
	return true;
}

static uint32_t character(const void *start, size_t i, unsigned int width)
{
	uint16_t two;
	uint32_t four;

	if (width == 1)
		return ((const uint8_t *)start)[i];
	if (width == 2) {
		__builtin_memcpy(&two, (const char *)start + 2 * i, sizeof(two));
		return two;
	}
	__builtin_memcpy(&four, (const char *)start + 4 * i, sizeof(four));
	return four;
}

/* Spells CODE at TO (4 bytes of room). Returns its length. */
static size_t spell(uint32_t code, char *to)
{
	if (code >= 0xdc80 && code <= 0xdcff) {
		to[0] = (char)code; /* surrogateescape */
		return 1;
	}
	if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff)
		code = 0xfffd;
	if (code < 0x80) {
		to[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		to[0] = (char)(0xc0 | code >> 6);
		to[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		to[0] = (char)(0xe0 | code >> 12);
		to[1] = (char)(0x80 | (code >> 6 & 0x3f));
		to[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | code >> 18);
	to[1] = (char)(0x80 | (code >> 12 & 0x3f));
	to[2] = (char)(0x80 | (code >> 6 & 0x3f));
	to[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

size_t python_spell(const void *start, size_t count, unsigned int width, char *text, size_t room)
{
	size_t i, n = 0;

	for (i = 0; i < count; i++) {
		char spelled[4];
		uint32_t code = character(start, i, width);
		size_t size = spell(code, spelled);

		if (code == 0 || n + size > room - 1)
			break;
		memcpy(text + n, spelled, size);
		n += size;
	}
	text[n] = '\0';
	return n;
}
