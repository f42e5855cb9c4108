/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/total_left.h"

#include "analyzer/rules/total_count.h"

static uint64_t without(uint64_t count, uint64_t known)
{
	return count > known ? count - known : 0;
}

uint64_t total_left_long(const struct evidence *evidence, const struct judge_options *options)
{
	return without(total_count_held(evidence->total, options->min_held_ns),
		       evidence->known_slow);
}

uint64_t total_left_late(const struct evidence *evidence, const struct judge_options *options)
{
	return without(total_count_held(evidence->total, options->late_ns), evidence->known_late);
}

uint64_t total_left_brief(const struct evidence *evidence, const struct judge_options *options)
{
	uint64_t held = total_count_held(evidence->total, options->min_held_ns);

	/* The histogram is coarser than what is known of single ones. */
	if (held < evidence->known_slow)
		held = evidence->known_slow;
	/* Of those that were answered after EOF, the last may have been in use until the end. */
	return without(evidence->total->count, held + (evidence->total->answered > 0));
}
