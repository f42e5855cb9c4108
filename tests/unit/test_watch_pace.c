/* SPDX-License-Identifier: MIT */
/* How often something dear may be done. */
#include "tests/unit/unit.h"

#include "analyzer/watch/watch_pace.h"

static void dear_things_are_done_rarely(void **state)
{
	struct watch_pace pace = { .costs_ns = { 0 } };

	(void)state;
	watch_pace_next(&pace, 1000000);
	assert_int_equal(watch_pace_next(&pace, 1000000), 50000000);
	assert_int_equal(watch_pace_next(&pace, 3000000), 50000000);
	assert_int_equal(watch_pace_next(&pace, 2000000), 100000000);
}

/* The first one has everything to find out: it says nothing of those to come. */
static void the_first_time_does_not_count(void **state)
{
	struct watch_pace pace = { .costs_ns = { 0 } };

	(void)state;
	assert_int_equal(watch_pace_next(&pace, 500000000), 0);
	assert_int_equal(watch_pace_next(&pace, 1000000), 50000000);
}

static void the_clock_counts_work_alone(void **state)
{
	uint64_t before = watch_pace_clock();
	volatile unsigned int work = 0;

	(void)state;
	while (watch_pace_clock() - before < 1000000)
		work = work + 1;
	assert_true(work > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dear_things_are_done_rarely),
		cmocka_unit_test(the_first_time_does_not_count),
		cmocka_unit_test(the_clock_counts_work_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
