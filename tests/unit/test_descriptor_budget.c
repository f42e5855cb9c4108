/* SPDX-License-Identifier: MIT */
/* What leaks cost a process, how fast, and when the rest is used up. */
#include "tests/unit/unit.h"

#include "analyzer/report/descriptor_budget.h"
#include "analyzer/report/report_state.h"

#define MINUTE_MS 60e3

struct fixture {
	struct report_socket sockets[8];
	struct report_leak leak;
	struct report_process processes[2];
	struct report report;
};

/* COUNT sockets of pid 77 that leak, the first for AGE_MS; 20 of 120 descriptors are in use. */
static void leaking(struct fixture *fixture, size_t count, double age_ms)
{
	size_t i;

	*fixture = (struct fixture){
		.leak = { .verdict = VERDICT_LEAK,
			  .sockets = fixture->sockets,
			  .socket_count = count },
		.processes = { { .pid = 77, .descriptors = 20, .descriptor_limit = 120 },
			       { .pid = 78, .descriptors = 5, .descriptor_limit = 120 } },
		.report = { .processes = fixture->processes,
			    .process_count = 2,
			    .leaks = &fixture->leak,
			    .leak_count = 1 },
	};
	for (i = 0; i < count; i++)
		fixture->sockets[i] = (struct report_socket){
			.pid = 77,
			.fd = 5 + (int)i,
			.tcp_state = report_state_by_kernel(KERNEL_CLOSE_WAIT),
			.held_ms = age_ms * (double)(count - i) / (double)count,
		};
}

static void test_forecast(void **state)
{
	struct fixture fixture;
	const struct report_process *process = &fixture.processes[0];

	(void)state;
	leaking(&fixture, 4, 2 * MINUTE_MS);
	descriptor_budgets_fill(&fixture.report);
	assert_int_equal(process->leaked, 4);
	assert_int_equal(process->close_wait_leaked, 4);
	/* Two a minute; a hundred descriptors are left. */
	assert_float_equal(process->leaks_per_minute, 2, 1e-9);
	assert_float_equal(process->exhausted_in_ms, 50 * MINUTE_MS, 1e-3);
	assert_true(descriptor_budget_matters(process));
	assert_false(descriptor_budget_is_exhausted(process));

	assert_int_equal(fixture.processes[1].leaked, 0);
	assert_true(fixture.processes[1].leaks_per_minute < 0);
	assert_true(fixture.processes[1].exhausted_in_ms < 0);
	assert_false(descriptor_budget_matters(&fixture.processes[1]));
}

/* Two leaks, four in less than a minute, or a burst long ago foretell nothing. */
static void test_no_rate(void **state)
{
	struct fixture fixture;
	const struct report_process *process = &fixture.processes[0];

	(void)state;
	leaking(&fixture, 2, 2 * MINUTE_MS);
	descriptor_budgets_fill(&fixture.report);
	assert_int_equal(process->leaked, 2);
	assert_true(process->leaks_per_minute < 0);
	leaking(&fixture, 4, MINUTE_MS - 1);
	descriptor_budgets_fill(&fixture.report);
	assert_true(process->leaks_per_minute < 0);
	leaking(&fixture, 4, MINUTE_MS);
	descriptor_budgets_fill(&fixture.report);
	assert_true(process->leaks_per_minute > 0);
	leaking(&fixture, 4, 10 * MINUTE_MS);
	fixture.sockets[1].held_ms = fixture.sockets[2].held_ms = fixture.sockets[3].held_ms =
		9 * MINUTE_MS;
	descriptor_budgets_fill(&fixture.report);
	assert_true(process->leaks_per_minute < 0);
}

/* What has been seen for a minute is not believed to hold for a month. */
static void test_far_forecast(void **state)
{
	struct fixture fixture;
	struct report_process *process = &fixture.processes[0];

	(void)state;
	leaking(&fixture, 4, MINUTE_MS);
	process->descriptor_limit = 20 + 4 * 100;
	descriptor_budgets_fill(&fixture.report);
	assert_float_equal(process->exhausted_in_ms, 100 * MINUTE_MS, 1e-3);
	leaking(&fixture, 4, MINUTE_MS);
	process->descriptor_limit = 20 + 4 * 100 + 1;
	descriptor_budgets_fill(&fixture.report);
	assert_true(process->leaks_per_minute > 0);
	assert_true(process->exhausted_in_ms < 0);
}

static void test_limit(void **state)
{
	struct fixture fixture;
	struct report_process *process = &fixture.processes[0];

	(void)state;
	leaking(&fixture, 0, 0);
	process->descriptors = 95;
	descriptor_budgets_fill(&fixture.report);
	assert_false(descriptor_budget_matters(process));
	process->descriptors = 96;
	assert_true(descriptor_budget_matters(process));
	assert_true(process->exhausted_in_ms < 0);
	process->descriptors = 120;
	descriptor_budgets_fill(&fixture.report);
	assert_float_equal(process->exhausted_in_ms, 0, 0);
	/* It was lowered since. */
	process->descriptors = 130;
	descriptor_budgets_fill(&fixture.report);
	assert_float_equal(process->exhausted_in_ms, 0, 0);
	assert_true(descriptor_budget_is_exhausted(process));
}

static void test_unknown(void **state)
{
	struct fixture fixture;
	struct report_process *process = &fixture.processes[0];

	(void)state;
	leaking(&fixture, 4, MINUTE_MS);
	process->descriptors = 0;
	descriptor_budgets_fill(&fixture.report);
	assert_float_equal(process->leaks_per_minute, 4, 1e-9);
	assert_true(process->exhausted_in_ms < 0);
	process->descriptors = 20;
	process->descriptor_limit = 0;
	descriptor_budgets_fill(&fixture.report);
	assert_true(process->exhausted_in_ms < 0);
	/* No limit to speak of: nobody wants to know of the year 36000. */
	process->descriptor_limit = UINT64_MAX;
	descriptor_budgets_fill(&fixture.report);
	assert_true(process->exhausted_in_ms < 0);
}

/* What nobody has accepted, what others hold and what is a note cost no descriptor. */
static void test_what_costs_nothing(void **state)
{
	struct fixture fixture;

	(void)state;
	leaking(&fixture, 4, MINUTE_MS);
	fixture.sockets[0].fd = fixture.sockets[1].fd = -1;
	fixture.sockets[2].pid = 4711;
	descriptor_budgets_fill(&fixture.report);
	assert_int_equal(fixture.processes[0].leaked, 1);
	/* Yet no sysctl ends them. */
	assert_int_equal(fixture.processes[0].close_wait_leaked, 3);
	leaking(&fixture, 4, MINUTE_MS);
	fixture.leak.verdict = VERDICT_NOTE;
	descriptor_budgets_fill(&fixture.report);
	assert_int_equal(fixture.processes[0].leaked, 0);
	assert_int_equal(fixture.processes[0].close_wait_leaked, 0);
}

/* An image that exec replaced has no descriptors any more: its successor has. */
static void test_two_images_of_a_pid(void **state)
{
	struct fixture fixture;

	(void)state;
	leaking(&fixture, 4, MINUTE_MS);
	fixture.processes[1].pid = 77;
	descriptor_budgets_fill(&fixture.report);
	assert_int_equal(fixture.processes[0].leaked, 0);
	assert_int_equal(fixture.processes[1].leaked, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forecast),
		cmocka_unit_test(test_no_rate),
		cmocka_unit_test(test_far_forecast),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_what_costs_nothing),
		cmocka_unit_test(test_two_images_of_a_pid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
