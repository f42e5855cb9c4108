/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/held_times.h"

#include "analyzer/base/clock.h"

void held_times_add_total(struct held_times *times, const struct recorded_total *total,
			  uint64_t count)
{
	uint64_t left = count, max_ns = 0;
	unsigned int bucket;

	for (bucket = 0; bucket < HELD_BUCKETS && left; bucket++) {
		uint64_t held = total->held[bucket] < left ? total->held[bucket] : left;

		times->buckets[bucket] += held;
		left -= held;
		if (held)
			max_ns = held_bucket_floor(bucket + 1);
	}
	/* The last bucket has no end. */
	if (max_ns > total->held_max_ns || total->held[HELD_BUCKETS - 1])
		max_ns = total->held_max_ns;
	if (max_ns > times->max_ns)
		times->max_ns = max_ns;
	times->count += count;
}

void held_times_add(struct held_times *times, const struct held_times *more)
{
	unsigned int bucket;

	for (bucket = 0; bucket < HELD_BUCKETS; bucket++)
		times->buckets[bucket] += more->buckets[bucket];
	if (more->max_ns > times->max_ns)
		times->max_ns = more->max_ns;
	times->count += more->count;
}

double held_times_median_ms(const struct held_times *times)
{
	uint64_t counted = 0, in_buckets = 0, median_ns;
	unsigned int bucket;

	/* A file may count more sockets than it has times for. */
	for (bucket = 0; bucket < HELD_BUCKETS; bucket++)
		in_buckets += times->buckets[bucket];
	if (in_buckets == 0)
		return 0;
	for (bucket = 0; bucket < HELD_BUCKETS - 1; bucket++) {
		counted += times->buckets[bucket];
		if (counted >= (in_buckets + 1) / 2)
			break;
	}
	median_ns = held_bucket_floor(bucket);
	if (bucket < HELD_BUCKETS - 1)
		median_ns = (median_ns + held_bucket_floor(bucket + 1)) / 2;
	return ns_to_ms(median_ns < times->max_ns ? median_ns : times->max_ns);
}
