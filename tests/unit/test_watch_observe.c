/* SPDX-License-Identifier: MIT */
/* What is known of processes goes on from sample to sample. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "analyzer/watch/watch_observe.h"

/* One process, sampled twice. */
struct fixture {
	struct recording recording;
	struct process then, now;
	struct recordings before, recordings;
};

static struct observation *observation_at(uint64_t sampled_ns)
{
	struct observation *observation = calloc(1, sizeof(*observation));

	observation->sampled_ns = sampled_ns;
	return observation;
}

static int set_up(void **state)
{
	static char path[] = "folder/x.1.0.finleak";
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->recording.path = path;
	fixture->then = (struct process){ .recording = &fixture->recording,
					  .state = PROCESS_RUNNING,
					  .end_known = true,
					  .end_ns = 5000 };
	fixture->now = (struct process){ .recording = &fixture->recording,
					 .state = PROCESS_KILLED,
					 .end_ns = 1000 };
	fixture->before = (struct recordings){ .list = &fixture->then, .count = 1 };
	fixture->recordings = (struct recordings){ .list = &fixture->now, .count = 1 };
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	observation_free(fixture->then.observation);
	observation_free(fixture->now.observation);
	free(fixture);
	return 0;
}

static void what_was_seen_stays(void **state)
{
	struct fixture *fixture = *state;

	fixture->then.observation = observation_at(5000);
	watch_observe_nothing(&fixture->recordings, &fixture->before);
	assert_non_null(fixture->now.observation);
	assert_null(fixture->then.observation);
}

/* `finleak run` samples too, and keeps what it finds. */
static void what_was_seen_later_counts(void **state)
{
	struct fixture *fixture = *state;

	fixture->then.observation = observation_at(5000);
	fixture->now.observation = observation_at(6000);
	watch_observe_nothing(&fixture->recordings, &fixture->before);
	assert_int_equal(fixture->now.observation->sampled_ns, 6000);
	assert_non_null(fixture->then.observation);
}

/* Nobody saw when it was killed, but at the last sample it ran. */
static void a_killed_process_lived_until_the_last_sample(void **state)
{
	struct fixture *fixture = *state;

	watch_observe_nothing(&fixture->recordings, &fixture->before);
	assert_int_equal(fixture->now.end_ns, 5000);
	assert_false(fixture->now.end_known);
}

static void a_known_end_is_not_moved(void **state)
{
	struct fixture *fixture = *state;

	fixture->now.end_known = true;
	watch_observe_nothing(&fixture->recordings, &fixture->before);
	assert_int_equal(fixture->now.end_ns, 1000);
}

static void the_first_sample_has_nothing_before(void **state)
{
	struct fixture *fixture = *state;

	watch_observe_nothing(&fixture->recordings, NULL);
	assert_null(fixture->now.observation);
	assert_int_equal(fixture->now.end_ns, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_seen_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_seen_later_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_killed_process_lived_until_the_last_sample,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_known_end_is_not_moved, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_first_sample_has_nothing_before, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
