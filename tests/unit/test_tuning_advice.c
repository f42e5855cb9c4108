/* SPDX-License-Identifier: MIT */
/* Which states are reported as a matter of tuning, and from how many sockets on. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/report/process_census.h"
#include "analyzer/report/report_process.h"
#include "analyzer/report/tuning_advice.h"
#include "analyzer/report/report_state.h"

static struct report_process quiet_process(void)
{
	return (struct report_process){ .pid = 77,
					.time_wait_unattributed = -1,
					.sysctls = { .fin_timeout = 61,
						     .max_tw_buckets = 4096,
						     .tw_reuse = 2,
						     .orphan_retries = 0,
						     .max_orphans = -1,
						     .keepalive_time = 7201,
						     .keepalive_interval = 74,
						     .keepalive_probes = 8,
						     .retries2 = 14 } };
}

static void unowned(struct report_process *process, enum kernel_state state, uint64_t count)
{
	uint64_t states[KERNEL_STATES] = { 0 };

	states[state] = count;
	process_census_add_unowned(process, states);
}

static void held(struct report_process *process, enum kernel_state state, uint64_t count)
{
	process->tcp_states[report_state_by_kernel(state)] += count;
}

static void assert_says(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("\"%s\" does not say \"%s\"", text ? text : "", part);
}

/* PROCESS gets one sentence, which says PART (NULL: it gets none), and is cleared. */
static void assert_advised(struct report_process *process, const char *part)
{
	tuning_advise(process);
	assert_int_equal(process->tuning.count, part != NULL);
	if (part)
		assert_says(process->tuning.list[0], part);
}

static void test_time_wait(void **state)
{
	struct report_process process = quiet_process();

	(void)state;
	unowned(&process, KERNEL_TIME_WAIT, 100);
	assert_advised(&process, "TIME_WAIT 100 is not a leak");
	assert_says(process.tuning.list[0], "tcp_fin_timeout does not apply");
	assert_says(process.tuning.list[0], "net.ipv4.tcp_max_tw_buckets (4096)");
	report_process_clear(&process);
}

static void test_few(void **state)
{
	struct report_process process = quiet_process();

	(void)state;
	unowned(&process, KERNEL_TIME_WAIT, 99);
	unowned(&process, KERNEL_FIN_WAIT2, 99);
	unowned(&process, KERNEL_LAST_ACK, 99);
	process.unanswered = 99;
	assert_advised(&process, NULL);
	report_process_clear(&process);
}

/* What a busy server leaves behind is no pile. */
static void test_fewer_than_at_work(void **state)
{
	struct report_process process = quiet_process();

	(void)state;
	unowned(&process, KERNEL_TIME_WAIT, 5000);
	held(&process, KERNEL_ESTABLISHED, 5000);
	assert_advised(&process, NULL);
	unowned(&process, KERNEL_TIME_WAIT, 1);
	assert_advised(&process, "TIME_WAIT 5001");
	report_process_clear(&process);
}

/* tcp_fin_timeout counts from close(): it is of no use to who has not called that. */
static void test_fin_wait_2(void **state)
{
	struct report_process process = quiet_process();

	(void)state;
	unowned(&process, KERNEL_FIN_WAIT2, 300);
	held(&process, KERNEL_FIN_WAIT2, 20);
	assert_advised(&process, "FIN_WAIT_2 300: closed here");
	assert_says(process.tuning.list[0], "net.ipv4.tcp_fin_timeout (61 s)");
	report_process_clear(&process);

	process = quiet_process();
	unowned(&process, KERNEL_FIN_WAIT2, 20);
	held(&process, KERNEL_FIN_WAIT2, 300);
	assert_advised(&process, "FIN_WAIT_2 300: shut down here but not closed");
	assert_says(process.tuning.list[0], "No sysctl ends that");
	report_process_clear(&process);
}

static void test_orphans(void **state)
{
	struct report_process process = quiet_process();

	(void)state;
	unowned(&process, KERNEL_FIN_WAIT1, 50);
	unowned(&process, KERNEL_CLOSING, 25);
	unowned(&process, KERNEL_LAST_ACK, 25);
	assert_advised(&process, "LAST_ACK 100");
	assert_says(process.tuning.list[0], "net.ipv4.tcp_orphan_retries (0, which means 8)");
	/* In all but the first network namespace. */
	assert_says(process.tuning.list[0], "net.ipv4.tcp_max_orphans (value unknown)");
	report_process_clear(&process);
}

static void test_unanswered(void **state)
{
	struct report_process process = quiet_process();

	(void)state;
	held(&process, KERNEL_ESTABLISHED, 1000);
	process.unanswered = 100;
	assert_advised(&process, "ESTABLISHED 100: their peers have stopped answering");
	assert_says(process.tuning.list[0], "net.ipv4.tcp_retries2 (14)");
	assert_says(process.tuning.list[0], "SO_KEEPALIVE");
	assert_says(process.tuning.list[0], "(7201 s), then tcp_keepalive_probes (8) times, "
					    "tcp_keepalive_intvl (74 s)");
	report_process_clear(&process);
}

/* CLOSE_WAIT is nothing that a sysctl ends, however many there are. */
static void test_close_wait(void **state)
{
	struct report_process process = quiet_process();

	(void)state;
	held(&process, KERNEL_CLOSE_WAIT, 100000);
	unowned(&process, KERNEL_CLOSE_WAIT, 100000);
	assert_advised(&process, NULL);
	report_process_clear(&process);
}

/* Of the TIME_WAIT that are nobody's, half may be these processes' at least. */
static void test_outgoing(void **state)
{
	struct report_process processes[] = { quiet_process(), quiet_process() };
	struct report report = { .processes = processes, .process_count = 2 };
	char *text;

	(void)state;
	processes[1].time_wait_unattributed = 400;
	processes[0].closed = 150;
	processes[1].closed = 49;
	assert_null(tuning_of_outgoing(&report));
	processes[1].closed = 50;
	text = tuning_of_outgoing(&report);
	assert_says(text, "TIME_WAIT 400 in the network namespace");
	assert_says(text, "net.ipv4.tcp_tw_reuse (2: on loopback only)");
	free(text);
	processes[1].time_wait_unattributed = 99;
	assert_null(tuning_of_outgoing(&report));
	report.process_count = 1;
	assert_null(tuning_of_outgoing(&report));
}

/* By the kernel alone nobody knows what was closed. */
static void test_outgoing_of_scan(void **state)
{
	struct report_process process = quiet_process();
	struct report report = { .processes = &process, .process_count = 1, .observed = true };
	char *text;

	(void)state;
	process.time_wait_unattributed = 999;
	assert_null(tuning_of_outgoing(&report));
	process.time_wait_unattributed = 1000;
	text = tuning_of_outgoing(&report);
	assert_says(text, "TIME_WAIT 1000");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_time_wait),
		cmocka_unit_test(test_few),
		cmocka_unit_test(test_fewer_than_at_work),
		cmocka_unit_test(test_fin_wait_2),
		cmocka_unit_test(test_orphans),
		cmocka_unit_test(test_unanswered),
		cmocka_unit_test(test_close_wait),
		cmocka_unit_test(test_outgoing),
		cmocka_unit_test(test_outgoing_of_scan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
