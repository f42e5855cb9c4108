/* SPDX-License-Identifier: MIT */
#include "preload/runtimes/python/python_text.h"

#include <stdint.h>
#include <string.h>
#include "preload/runtimes/python/python_memory.h"
#include "preload/runtimes/python/python_spelling.h"

#define TEXT_MAX 1024

static bool find_characters(const struct python_layout *layout, const void *object, size_t most,
			    struct python_characters *found)
{
	if (!python_is(object, PYTHON_TEXT, layout->ascii_size) ||
	    !python_characters(layout, object, (uintptr_t)object, most, found))
		return false;
	return found->count == 0 ||
	       python_may_read((const void *)(uintptr_t)found->start, found->count * found->width);
}

bool python_text(const struct python_layout *layout, const void *object, char *text, size_t room,
		 size_t *length)
{
	struct python_characters from;

	if (!find_characters(layout, object, room - 1, &from))
		return false;
	*length = python_spell((const void *)(uintptr_t)from.start, from.count, from.width, text,
			       room);
	return true;
}

bool python_text_is(const struct python_layout *layout, const void *object, const char *text,
		    size_t length, size_t room)
{
	char spelled[TEXT_MAX];
	struct python_characters from;
	size_t spelled_length;

	if (!find_characters(layout, object, room - 1, &from))
		return false;
	if (from.ascii)
		return from.count == length &&
		       memcmp((const void *)(uintptr_t)from.start, text, length) == 0;
	return room <= TEXT_MAX && python_text(layout, object, spelled, room, &spelled_length) &&
	       spelled_length == length && memcmp(spelled, text, length) == 0;
}
