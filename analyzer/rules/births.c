/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/births.h"

#include <stddef.h>

/* Is BIRTH one of PID until NS, or in front of these? */
static bool is_not_after(const struct recorded_birth *birth, int32_t pid, uint64_t ns)
{
	if (birth->pid != pid)
		return birth->pid < pid;
	return !birth->stack || birth->ns <= ns;
}

const struct recorded_birth *births_find(const struct recording *parent, int32_t pid, uint64_t ns)
{
	size_t low = 0, high = parent ? parent->birth_count : 0;
	const struct recorded_birth *last;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (is_not_after(&parent->births[middle], pid, ns))
			low = middle + 1;
		else
			high = middle;
	}
	last = low ? &parent->births[low - 1] : NULL;
	return last && last->pid == pid && last->stack ? last : NULL;
}
