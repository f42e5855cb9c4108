/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/total_count.h"

uint64_t total_count_held(const struct recorded_total *total, uint64_t held_ns)
{
	uint64_t count = 0;
	unsigned int bucket;

	for (bucket = 0; bucket < HELD_BUCKETS; bucket++)
		if (held_bucket_floor(bucket) >= held_ns)
			count += total->held[bucket];
	if (count == 0 && total->held_max_ns >= held_ns)
		count = 1;
	return count < total->count ? count : total->count;
}
