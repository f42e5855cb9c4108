/* SPDX-License-Identifier: MIT */
/* How long sockets were held between their end and their close, summed up. */
#ifndef FINLEAK_HELD_TIMES_H
#define FINLEAK_HELD_TIMES_H

#include "preload/recording/recording.h"

struct held_times {
	uint64_t count;
	uint64_t max_ns;
	uint64_t buckets[HELD_BUCKETS]; /* held_bucket() */
};

/* Adds those COUNT sockets of TOTAL that were held for the shortest times. */
void held_times_add_total(struct held_times *times, const struct recorded_total *total,
			  uint64_t count);
void held_times_add(struct held_times *times, const struct held_times *more);

/* Good to an eighth, and never more than the longest; 0 for none. */
double held_times_median_ms(const struct held_times *times);

#endif
