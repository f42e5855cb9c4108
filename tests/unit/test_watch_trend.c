/* SPDX-License-Identifier: MIT */
/* How fast a count grows, by the last minute. */
#include "tests/unit/unit.h"

#include "analyzer/watch/watch_trend.h"

static void one_sample_proves_nothing(void **state)
{
	struct watch_trend trend = { .sample_count = 0 };
	double rate;

	(void)state;
	assert_false(watch_trend_per_minute(&trend, &rate));
	watch_trend_add(&trend, 1000, 5);
	assert_false(watch_trend_per_minute(&trend, &rate));
}

static void growth_is_shown_by_the_minute(void **state)
{
	struct watch_trend trend = { .sample_count = 0 };
	double rate;

	(void)state;
	watch_trend_add(&trend, 1000, 5);
	watch_trend_add(&trend, 3000, 8);
	assert_true(watch_trend_per_minute(&trend, &rate));
	assert_float_equal(rate, 90, 1e-9);
}

static void shrinking_is_negative(void **state)
{
	struct watch_trend trend = { .sample_count = 0 };
	double rate;

	(void)state;
	watch_trend_add(&trend, 0, 8);
	watch_trend_add(&trend, 30000, 6);
	assert_true(watch_trend_per_minute(&trend, &rate));
	assert_float_equal(rate, -4, 1e-9);
}

/* 1 a second for an hour, then nothing: a minute later the rate knows of nothing else. */
static void what_was_longer_ago_than_a_minute_does_not_count(void **state)
{
	struct watch_trend trend = { .sample_count = 0 };
	double rate;
	int second;

	(void)state;
	for (second = 0; second < 3600; second++)
		watch_trend_add(&trend, second * 1e3, (uint64_t)second);
	assert_true(watch_trend_per_minute(&trend, &rate));
	assert_float_equal(rate, 60, 1e-9);
	for (; second < 3600 + 62; second++)
		watch_trend_add(&trend, second * 1e3, 3599);
	assert_true(watch_trend_per_minute(&trend, &rate));
	assert_float_equal(rate, 0, 1e-9);
}

/* More samples than there is room for: the minute stays whole, and the last one counts. */
static void frequent_samples_do_not_shorten_the_minute(void **state)
{
	struct watch_trend trend = { .sample_count = 0 };
	double rate;
	int look;

	(void)state;
	for (look = 0; look <= 500; look++)
		watch_trend_add(&trend, look * 100, 0);
	watch_trend_add(&trend, 50001, 100);
	assert_true(watch_trend_per_minute(&trend, &rate));
	assert_float_equal(rate, 100 / 50.001 * 60, 1e-6);
}

static void rare_samples_are_compared_with_the_one_before(void **state)
{
	struct watch_trend trend = { .sample_count = 0 };
	double rate;

	(void)state;
	watch_trend_add(&trend, 0, 1000);
	watch_trend_add(&trend, 600e3, 1000);
	watch_trend_add(&trend, 1200e3, 1010);
	assert_true(watch_trend_per_minute(&trend, &rate));
	assert_float_equal(rate, 1, 1e-9);
}

static void assert_levels(const struct watch_trend *trend, const int expected[WATCH_TREND_PARTS])
{
	int levels[WATCH_TREND_PARTS];
	size_t i;

	watch_trend_levels(trend, levels);
	for (i = 0; i < WATCH_TREND_PARTS; i++)
		assert_int_equal(levels[i], expected[i]);
}

static void the_minute_is_shown_in_parts(void **state)
{
	struct watch_trend trend = { .sample_count = 0 };
	double ms;

	(void)state;
	assert_levels(&trend, (const int[]){ -1, -1, -1, -1, -1, -1 });
	watch_trend_add(&trend, 0, 4);
	assert_levels(&trend, (const int[]){ -1, -1, -1, -1, -1, 0 });
	/* One more each second, for 50 s. */
	for (ms = 1000; ms <= 50000; ms += 1000)
		watch_trend_add(&trend, ms, 4 + (uint64_t)(ms / 1000));
	assert_levels(&trend, (const int[]){ 0, 1, 2, 4, 5, 7 });
	/* Then nothing new. */
	for (; ms <= 200000; ms += 1000)
		watch_trend_add(&trend, ms, 54);
	assert_levels(&trend, (const int[]){ 0, 0, 0, 0, 0, 0 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_sample_proves_nothing),
		cmocka_unit_test(the_minute_is_shown_in_parts),
		cmocka_unit_test(growth_is_shown_by_the_minute),
		cmocka_unit_test(shrinking_is_negative),
		cmocka_unit_test(what_was_longer_ago_than_a_minute_does_not_count),
		cmocka_unit_test(frequent_samples_do_not_shorten_the_minute),
		cmocka_unit_test(rare_samples_are_compared_with_the_one_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
