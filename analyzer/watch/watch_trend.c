/* SPDX-License-Identifier: MIT */
#include "analyzer/watch/watch_trend.h"

#include <string.h>

#define MS_PER_MINUTE  60e3
#define MS_PER_SAMPLE  1e3
#define SAMPLES_NEEDED 2

static void forget_oldest(struct watch_trend *trend)
{
	trend->sample_count--;
	memmove(trend->samples, trend->samples + 1, trend->sample_count * sizeof(*trend->samples));
}

void watch_trend_add(struct watch_trend *trend, double at_ms, uint64_t count)
{
	struct watch_sample *samples = trend->samples;

	/* The newest sample is replaced; those that stay are a second apart. */
	if (trend->sample_count > SAMPLES_NEEDED &&
	    at_ms - samples[trend->sample_count - 2].at_ms < MS_PER_SAMPLE)
		trend->sample_count--;
	while (trend->sample_count == WATCH_TREND_SAMPLES ||
	       (trend->sample_count >= SAMPLES_NEEDED && at_ms - samples[0].at_ms > MS_PER_MINUTE))
		forget_oldest(trend);
	samples[trend->sample_count].at_ms = at_ms;
	samples[trend->sample_count].count = count;
	trend->sample_count++;
}

bool watch_trend_per_minute(const struct watch_trend *trend, double *per_minute)
{
	const struct watch_sample *oldest = trend->samples;
	const struct watch_sample *newest = oldest + trend->sample_count - 1;

	if (trend->sample_count < SAMPLES_NEEDED || newest->at_ms <= oldest->at_ms)
		return false;
	*per_minute = ((double)newest->count - (double)oldest->count) /
		      (newest->at_ms - oldest->at_ms) * MS_PER_MINUTE;
	return true;
}
