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

/* The last sample that is no later than AT_MS; NULL: there was none. */
static const struct watch_sample *sample_at(const struct watch_trend *trend, double at_ms)
{
	const struct watch_sample *found = NULL;
	size_t i;

	for (i = 0; i < trend->sample_count && trend->samples[i].at_ms <= at_ms; i++)
		found = &trend->samples[i];
	return found;
}

void watch_trend_levels(const struct watch_trend *trend, int levels[WATCH_TREND_PARTS])
{
	uint64_t least = UINT64_MAX, most = 0;
	double now_ms;
	size_t i;

	for (i = 0; i < trend->sample_count; i++) {
		uint64_t count = trend->samples[i].count;

		least = count < least ? count : least;
		most = count > most ? count : most;
	}
	now_ms = trend->sample_count ? trend->samples[trend->sample_count - 1].at_ms : 0;
	for (i = 0; i < WATCH_TREND_PARTS; i++) {
		double before_ms =
			MS_PER_MINUTE / WATCH_TREND_PARTS * (double)(WATCH_TREND_PARTS - 1 - i);
		const struct watch_sample *sample = sample_at(trend, now_ms - before_ms);

		if (!sample)
			levels[i] = -1;
		else if (most == least)
			levels[i] = 0;
		else
			levels[i] = (int)((double)(sample->count - least) *
					  (WATCH_TREND_LEVELS - 1) / (double)(most - least));
	}
}
