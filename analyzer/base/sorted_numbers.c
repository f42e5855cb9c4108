/* SPDX-License-Identifier: MIT */
#include "analyzer/base/sorted_numbers.h"

#include "analyzer/base/sorted_rows.h"

static bool is_less(const void *number, const void *other)
{
	return *(const uint64_t *)number < *(const uint64_t *)other;
}

static bool is_at_most(const void *number, const void *other)
{
	return *(const uint64_t *)number <= *(const uint64_t *)other;
}

size_t sorted_numbers_from(const uint64_t *list, size_t count, uint64_t least)
{
	return count - rows_before(list, count, sizeof(*list), is_less, &least);
}

size_t sorted_numbers_until(const uint64_t *list, size_t count, uint64_t most)
{
	return rows_before(list, count, sizeof(*list), is_at_most, &most);
}
