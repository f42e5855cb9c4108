/* SPDX-License-Identifier: MIT */
/* How fast a count grows: what it was during the last minute. */
#ifndef FINLEAK_WATCH_TREND_H
#define FINLEAK_WATCH_TREND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One for each second of a minute, one on either side. */
#define WATCH_TREND_SAMPLES 62

struct watch_trend {
	/* Private: oldest first. Where looks are rarer than a minute, the last two. */
	struct watch_sample {
		double at_ms;
		uint64_t count;
	} samples[WATCH_TREND_SAMPLES];
	size_t sample_count;
};

/* TREND (zeroed at first) was COUNT at AT_MS, which never goes back. */
void watch_trend_add(struct watch_trend *trend, double at_ms, uint64_t count);

/* Growth in a minute, negative where it shrinks. False: only one sample, nothing is known. */
bool watch_trend_per_minute(const struct watch_trend *trend, double *per_minute);

#endif
