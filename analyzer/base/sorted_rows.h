/* SPDX-License-Identifier: MIT */
/* Searches in sorted arrays of whatever type. */
#ifndef FINLEAK_SORTED_ROWS_H
#define FINLEAK_SORTED_ROWS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * How many of the COUNT ROWS, of SIZE bytes each, are before KEY: IS_BEFORE holds for these, which
 * are the first ones, and for no other.
 */
static inline size_t rows_before(const void *rows, size_t count, size_t size,
				 bool (*is_before)(const void *row, const void *key),
				 const void *key)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (is_before((const char *)rows + middle * size, key))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

#endif
