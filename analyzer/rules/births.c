/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/births.h"

#include <stddef.h>

const struct recorded_birth *births_find(const struct recording *parent, int32_t pid, uint64_t ns)
{
	size_t i;

	for (i = parent ? parent->birth_count : 0; i > 0; i--) {
		const struct recorded_birth *birth = &parent->births[i - 1];

		if (birth->pid == pid && birth->stack && birth->ns <= ns)
			return birth;
	}
	return NULL;
}
