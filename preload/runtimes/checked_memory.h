/* SPDX-License-Identifier: MIT */
/*
 * Reads what may not be there: each page is asked of the kernel before it is touched, once in a
 * walk. Signal-safe, any thread; changes errno.
 */
#ifndef FINLEAK_CHECKED_MEMORY_H
#define FINLEAK_CHECKED_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "preload/platform/readable.h"

/* What one walk knows of pages; zeros to begin with. */
struct checked_memory {
	uintptr_t pages[16]; /* that can be read */
	unsigned int next;
};

static inline bool checked_page(struct checked_memory *memory, uintptr_t page)
{
	unsigned int i;

	if (page < READABLE_PAGE || page >> 47)
		return false;
	for (i = 0; i < sizeof(memory->pages) / sizeof(memory->pages[0]); i++)
		if (memory->pages[i] == page)
			return true;
	if (!readable(page))
		return false;
	memory->pages[memory->next++ % (sizeof(memory->pages) / sizeof(memory->pages[0]))] = page;
	return true;
}

/* Copies SIZE bytes, at most a page, from FROM to TO. False: they can't be read. */
static inline bool checked_read(struct checked_memory *memory, const void *from, void *to,
				size_t size)
{
	uintptr_t first = (uintptr_t)from, last = first + size - 1;

	if (last < first || !checked_page(memory, first & ~(READABLE_PAGE - 1)) ||
	    !checked_page(memory, last & ~(READABLE_PAGE - 1)))
		return false;
	__builtin_memcpy(to, from, size);
	return true;
}

/* The pointer at OFFSET of OBJECT; NULL, too, where that can't be read. */
static inline const void *checked_pointer(struct checked_memory *memory, const void *object,
					  size_t offset)
{
	const void *value;

	return checked_read(memory, (const char *)object + offset, &value, sizeof(value)) ? value
											  : NULL;
}

/* May TEXT of LENGTH be a name: no control characters? */
static inline bool checked_is_name(const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	return true;
}

/* Copies a name of LENGTH to TO of SIZE, cut and NUL-terminated. False: it is none. */
static inline bool checked_name(struct checked_memory *memory, const void *from, size_t length,
				char *to, size_t size)
{
	if (length >= size)
		length = size - 1;
	if (length == 0 || !checked_read(memory, from, to, length))
		return false;
	to[length] = '\0';
	return checked_is_name(to, length);
}

/* The same of a name that ends with a NUL. */
static inline bool checked_text(struct checked_memory *memory, const char *from, char *to,
				size_t size)
{
	size_t length = 0, known = 0; /* bytes that can be read */

	for (; length < size - 1; length++) {
		uintptr_t place = (uintptr_t)from + length;

		if (length == known && !checked_page(memory, place & ~(READABLE_PAGE - 1)))
			return false;
		if (length == known)
			known += READABLE_PAGE - place % READABLE_PAGE;
		to[length] = from[length];
		if (!to[length])
			break;
	}
	to[length] = '\0';
	return length > 0 && checked_is_name(to, length);
}

#endif
