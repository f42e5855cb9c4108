/* SPDX-License-Identifier: MIT */
/* What totals say of the sockets that nothing else is known of: none counts twice. */
#include "tests/unit/unit.h"

#include "analyzer/rules/evidence.h"
#include "analyzer/rules/total_left.h"

#define MS 1000000ull

static struct recorded_total total;

/* COUNT sockets were held for HELD_MS each. */
static void held_for(uint32_t count, uint64_t held_ms)
{
	total.count += count;
	total.held[held_bucket(held_ms * MS)] += count;
	if (total.held_max_ns < held_ms * MS)
		total.held_max_ns = held_ms * MS;
}

static void check(uint64_t known_slow, uint64_t left_long, uint64_t left_brief)
{
	const struct judge_options options = { .min_held_ns = 100 * MS };
	const struct evidence evidence = { .total = &total, .known_slow = known_slow };

	assert_int_equal(total_left_long(&evidence, &options), left_long);
	assert_int_equal(total_left_brief(&evidence, &options), left_brief);
	assert_true(known_slow + left_long + left_brief <= total.count);
}

static int forget(void **state)
{
	(void)state;
	total = (struct recorded_total){ 0 };
	return 0;
}

static void test_long_and_brief(void **state)
{
	(void)state;
	held_for(2, 5000);
	held_for(3, 1);
	check(0, 2, 3);
	check(2, 0, 3);
	check(1, 1, 3);
}

/* 110 ms lie in a bucket that begins below 100 ms: only those known one by one are known to be
 * long. */
static void test_within_one_bucket(void **state)
{
	(void)state;
	held_for(3, 110);
	check(3, 0, 0);
	check(2, 0, 1);
	held_for(1, 1);
	check(3, 0, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_long_and_brief, forget),
		cmocka_unit_test_setup(test_within_one_bucket, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
