/* SPDX-License-Identifier: MIT */
#include "preload/runtimes/python/python_text.h"

#include <stdint.h>
#include <string.h>
#include "preload/runtimes/python/python_memory.h"

#define TEXT_MAX 1024

/* The characters of a str. */
struct characters {
	const void *start;
	size_t count;
	unsigned int width; /* bytes each: 1, 2 or 4 */
	bool ascii;
};

static bool find_characters(const struct python_layout *layout, const void *object, size_t most,
			    struct characters *found)
{
	int64_t length;
	uint32_t state;

	if (!python_is(object, PYTHON_TEXT, layout->ascii_size))
		return false;
	length = python_word(object, TEXT_LENGTH);
	state = (uint32_t)python_int(object, TEXT_STATE);
	found->width = TEXT_KIND(state);
	if (length < 0 || !(state & TEXT_COMPACT) ||
	    (found->width != 1 && found->width != 2 && found->width != 4))
		return false;
	found->ascii = (state & TEXT_ASCII) != 0;
	found->count = (uint64_t)length < most ? (size_t)length : most;
	found->start =
		(const char *)object + (found->ascii ? layout->ascii_size : layout->compact_size);
	return found->count == 0 || python_may_read(found->start, found->count * found->width);
}

static uint32_t character(const struct characters *from, size_t i)
{
	uint16_t two;
	uint32_t four;

	if (from->width == 1)
		return ((const uint8_t *)from->start)[i];
	if (from->width == 2) {
		__builtin_memcpy(&two, (const char *)from->start + 2 * i, sizeof(two));
		return two;
	}
	__builtin_memcpy(&four, (const char *)from->start + 4 * i, sizeof(four));
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

bool python_text(const struct python_layout *layout, const void *object, char *text, size_t room,
		 size_t *length)
{
	struct characters from;
	size_t i, n = 0;

	if (!find_characters(layout, object, room - 1, &from))
		return false;
	for (i = 0; i < from.count; i++) {
		char spelled[4];
		uint32_t code = character(&from, i);
		size_t size = spell(code, spelled);

		if (code == 0 || n + size > room - 1)
			break;
		memcpy(text + n, spelled, size);
		n += size;
	}
	text[n] = '\0';
	*length = n;
	return true;
}

bool python_text_is(const struct python_layout *layout, const void *object, const char *text,
		    size_t length, size_t room)
{
	char spelled[TEXT_MAX];
	struct characters from;
	size_t spelled_length;

	if (!find_characters(layout, object, room - 1, &from))
		return false;
	if (from.ascii)
		return from.count == length && memcmp(from.start, text, length) == 0;
	return room <= TEXT_MAX && python_text(layout, object, spelled, room, &spelled_length) &&
	       spelled_length == length && memcmp(spelled, text, length) == 0;
}
