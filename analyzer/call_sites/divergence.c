/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/divergence.h"

#include <string.h>

bool frames_share_function(const struct frame *a, const struct frame *b)
{
	return a->function && b->function && strcmp(a->function, b->function) == 0 &&
	       strcmp(a->module, b->module) == 0;
}

static bool is_same_place(const struct frame *a, const struct frame *b)
{
	return a->line || b->line ? a->line == b->line : a->offset == b->offset;
}

bool frames_share_call(const struct frame *a, const struct frame *b)
{
	return frames_share_function(a, b) && is_same_place(a, b);
}

struct divergence divergence_of(const struct frame *here, size_t here_count,
				const struct frame *closing, size_t closing_count)
{
	while (here_count && closing_count) {
		const struct frame *a = &here[--here_count], *b = &closing[--closing_count];

		if (!frames_share_function(a, b))
			break;
		if (!is_same_place(a, b))
			return (struct divergence){ a, b };
	}
	return (struct divergence){ NULL, NULL };
}
