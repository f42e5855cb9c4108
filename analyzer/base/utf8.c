/* SPDX-License-Identifier: MIT */
#include "analyzer/base/utf8.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"

size_t utf8_decode(const char *text, uint32_t *character)
{
	const unsigned char *byte = (const unsigned char *)text;
	uint32_t value, smallest;
	size_t length, i;

	*character = byte[0];
	if (byte[0] == 0)
		return 0;
	if (byte[0] < 0x80)
		return 1;
	if ((byte[0] & 0xe0) == 0xc0) {
		length = 2;
		value = byte[0] & 0x1f;
		smallest = 0x80;
	} else if ((byte[0] & 0xf0) == 0xe0) {
		length = 3;
		value = byte[0] & 0x0f;
		smallest = 0x800;
	} else if ((byte[0] & 0xf8) == 0xf0) {
		length = 4;
		value = byte[0] & 0x07;
		smallest = 0x10000;
	} else {
		goto invalid;
	}
	for (i = 1; i < length; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			goto invalid;
		value = value << 6 | (byte[i] & 0x3f);
	}
	if (value < smallest || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		goto invalid;
	*character = value;
	return length;
invalid:
	*character = UINT32_MAX;
	return 1;
}

bool utf8_is_unsafe(uint32_t character)
{
	if (character == UINT32_MAX || character < 0x20)
		return true;
	if (character >= 0x7f && character < 0xa0)
		return true;
	/* Direction marks, embeddings, overrides and isolates; line and paragraph separators; the
	 * byte order mark. */
	return character == 0x200e || character == 0x200f ||
	       (character >= 0x2028 && character <= 0x202e) ||
	       (character >= 0x2066 && character <= 0x2069) || character == 0xfeff;
}

/* The bytes of TEXT before the first character that is unsafe, or its end. */
static size_t safe_length(const char *text)
{
	const char *end = text;
	uint32_t character;
	size_t length;

	for (; (length = utf8_decode(end, &character)) != 0; end += length)
		if (utf8_is_unsafe(character))
			break;
	return (size_t)(end - text);
}

bool utf8_is_safe(const char *text)
{
	return text[safe_length(text)] == '\0';
}

void utf8_print_escaped(FILE *out, const char *text)
{
	for (;;) {
		size_t safe = safe_length(text), length, i;
		uint32_t character;

		fwrite(text, 1, safe, out);
		text += safe;
		length = utf8_decode(text, &character);
		if (length == 0)
			return;
		for (i = 0; i < length; i++)
			fprintf(out, "\\x%02x", (unsigned char)text[i]);
		text += length;
	}
}

char *utf8_valid_copy(const char *text)
{
	static const char replacement[] = "\xef\xbf\xbd";
	char *copy = allocate_zeroed(strlen(text) + 1, sizeof(replacement) - 1);
	char *end = copy;
	uint32_t character;
	size_t length;

	while ((length = utf8_decode(text, &character)) != 0) {
		if (character == UINT32_MAX) {
			memcpy(end, replacement, 3);
			end += 3;
		} else {
			memcpy(end, text, length);
			end += length;
		}
		text += length;
	}
	*end = '\0';
	return copy;
}
