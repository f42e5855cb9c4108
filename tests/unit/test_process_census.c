/* SPDX-License-Identifier: MIT */
/* The census: which sample it is by, and what of it is in nobody's hands. */
#include "tests/unit/unit.h"

#include "analyzer/report/process_census.h"
#include "analyzer/report/report_state.h"

static uint64_t at_s(uint64_t s)
{
	return s * 1000000000u;
}

struct fixture {
	struct recorded_socket rows[2];
	struct recording recording;
	struct observation observation;
	struct process process;
	struct report_process shown;
};

/* The recorder's sample at END_S (0: killed) found CLOSE_WAIT twice, finleak's at 60 s other
 * things.
 */
static const struct report_process *census(struct fixture *fixture, uint64_t end_s, bool observed)
{
	struct recorded_socket row = { .life = LIFE_OPEN,
				       .kind = KIND_TCP,
				       .tcp_state = KERNEL_CLOSE_WAIT,
				       .sampled_ns = at_s(end_s) };

	*fixture = (struct fixture){
		.rows = { row, row },
		.recording = { .header = { .start_ns = at_s(10), .last_sample_ns = at_s(end_s) },
			       .sockets = fixture->rows,
			       .socket_count = 2 },
		.observation = { .sampled_ns = at_s(60),
				 .states = { [KERNEL_ESTABLISHED] = 5, [KERNEL_LISTEN] = 1 },
				 .idle = 2,
				 .bound = 3,
				 .closed = 4,
				 .unanswered = 1,
				 .unowned = { [KERNEL_TIME_WAIT] = 7,
					      [KERNEL_NEW_SYN_RECV] = 1,
					      [KERNEL_SYN_RECV] = 1,
					      [0] = 9,
					      [KERNEL_STATES - 1] = 9 } },
		.process = { .recording = &fixture->recording,
			     .observation = observed ? &fixture->observation : NULL },
	};
	process_census_take(&fixture->shown, &fixture->process);
	return &fixture->shown;
}

static uint64_t total(const struct report_process *shown)
{
	uint64_t count = 0;
	int state;

	for (state = 0; state < REPORT_STATES; state++)
		count += shown->tcp_states[state];
	return count;
}

static uint64_t in(const struct report_process *shown, enum kernel_state state)
{
	return shown->tcp_states[report_state_by_kernel(state)];
}

static void test_by_the_recorder(void **state)
{
	struct fixture fixture;
	const struct report_process *shown = census(&fixture, 70, true);

	(void)state;
	assert_int_equal(in(shown, KERNEL_CLOSE_WAIT), 2);
	/* What it had closed before, finleak saw. */
	assert_int_equal(in(shown, KERNEL_TIME_WAIT), 7);
	assert_int_equal(in(shown, KERNEL_SYN_RECV), 2);
	assert_int_equal(shown->unowned[report_state_by_kernel(KERNEL_TIME_WAIT)], 7);
	assert_int_equal(total(shown), 11);
	assert_int_equal(shown->unanswered, 0);
	assert_float_equal(shown->census_ms, 60e3, 1e-9);
}

static void test_by_the_last_sample(void **state)
{
	struct fixture fixture;
	const struct report_process *shown = census(&fixture, 0, true);

	(void)state;
	assert_int_equal(in(shown, KERNEL_CLOSE_WAIT), 0);
	assert_int_equal(in(shown, KERNEL_ESTABLISHED), 5);
	assert_int_equal(in(shown, KERNEL_LISTEN), 1);
	assert_int_equal(shown->tcp_states[report_state_before_use(false)], 2);
	assert_int_equal(shown->tcp_states[report_state_before_use(true)], 3);
	assert_int_equal(in(shown, KERNEL_CLOSE), 4);
	assert_int_equal(total(shown), 15 + 9);
	assert_int_equal(shown->unanswered, 1);
	assert_float_equal(shown->census_ms, 50e3, 1e-9);
}

/* Killed, and never sampled: nothing is known. */
static void test_by_nobody(void **state)
{
	struct fixture fixture;
	const struct report_process *shown = census(&fixture, 0, false);

	(void)state;
	assert_int_equal(total(shown), 0);
	assert_true(shown->census_ms < 0);
	assert_int_equal(total(census(&fixture, 70, false)), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_the_recorder),
		cmocka_unit_test(test_by_the_last_sample),
		cmocka_unit_test(test_by_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
