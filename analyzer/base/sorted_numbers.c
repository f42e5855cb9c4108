/* SPDX-License-Identifier: MIT */
#include "analyzer/base/sorted_numbers.h"

size_t sorted_numbers_from(const uint64_t *list, size_t count, uint64_t least)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list[middle] < least)
			low = middle + 1;
		else
			high = middle;
	}
	return count - low;
}
