/* SPDX-License-Identifier: MIT */
/* How fast a count grows, from its values during the last minute. */
#ifndef FINLEAK_WATCH_TREND_H
#define FINLEAK_WATCH_TREND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One for each second of a minute, one on either side. */
#define WATCH_TREND_SAMPLES 62

struct watch_trend {
	/* Private: oldest first. If samples are more than a minute apart, the last two. */
	struct watch_sample {
		double at_ms;
		uint64_t count;
	} samples[WATCH_TREND_SAMPLES];
	size_t sample_count;
};

/* TREND (zeroed at first) was COUNT at AT_MS, which never goes back. */
void watch_trend_add(struct watch_trend *trend, double at_ms, uint64_t count);

/* Growth per minute, negative if it shrinks. False: there is only one sample. */
bool watch_trend_per_minute(const struct watch_trend *trend, double *per_minute);

/* The last minute in so many parts. */
#define WATCH_TREND_PARTS  6
#define WATCH_TREND_LEVELS 8

/*
 * The count at the end of each part, the newest last, from 0 (the least of the minute) to
 * WATCH_TREND_LEVELS - 1 (the most); -1: nothing was known yet.
 */
void watch_trend_levels(const struct watch_trend *trend, int levels[WATCH_TREND_PARTS]);

#endif
