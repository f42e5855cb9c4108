/* SPDX-License-Identifier: MIT */
/*
 * Spells a str's characters as UTF-8. For the recorder (signal-safe), and for the analyzer, which
 * reads the memory of another process.
 */
#ifndef FINLEAK_PYTHON_SPELLING_H
#define FINLEAK_PYTHON_SPELLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "preload/runtimes/python/python_layouts.h"

/* The characters of a str. */
struct python_characters {
	uint64_t start; /* address */
	size_t count;
	unsigned int width; /* bytes each: 1, 2 or 4 */
	bool ascii;
};

/*
 * Where the characters, MOST at most, of the str at ADDRESS are, of which OBJECT, that or a copy,
 * has the first `ascii_size` bytes. False: it is not what a str looks like.
 */
bool python_characters(const struct python_layout *layout, const void *object, uint64_t address,
		       size_t most, struct python_characters *found);

/*
 * Spells COUNT characters of WIDTH bytes at START into TEXT, NUL-terminated, cut to ROOM bytes and
 * at a NUL. Bytes that Python could not decode (surrogateescape) become what they were. Returns the
 * length.
 */
size_t python_spell(const void *start, size_t count, unsigned int width, char *text, size_t room);

#endif
