/* SPDX-License-Identifier: MIT */
/* What watch's screen of processes says of one that leaks. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/report/report_sections.h"
#include "analyzer/report/report_state.h"
#include "analyzer/watch/watch_detail.h"

static void test_budget_and_tuning(void **state)
{
	char sentence[] = "FIN_WAIT_2 300: closed here.", *tuning[] = { sentence };
	char command[] = "server --port 0";
	struct report_process process = {
		.pid = 77,
		.executable = "/usr/bin/server",
		.command = command,
		.state = "running",
		.descriptors = 20,
		.descriptor_limit = 110,
		.leaked = 4,
		.leaks_per_minute = 2,
		.exhausted_in_ms = 45 * 60e3,
		.tuning = { tuning, 1 },
	};
	struct report report = { .processes = &process, .process_count = 1 };
	char *text;

	(void)state;
	process.tcp_states[report_state_by_kernel(KERNEL_CLOSE_WAIT)] = 4;
	report_sections_fill(&report);
	text = watch_detail_processes(&report);
	report_sections_clear(&report);
	assert_non_null(strstr(text,
			       "  server (pid 77): CLOSE_WAIT 4; 20 of 110 descriptors, 4 leaked\n"
			       "    2.0 leaks a minute: accept() and socket() will fail with "
			       "EMFILE in about 45\n    min.\n"
			       "    FIN_WAIT_2 300: closed here.\n"));
	assert_non_null(strstr(text, "\npid 77, running: server --port 0\n"));
	free(text);
}

/* What is wider than the screen is cut without a mark there. */
static void test_keys_fit_the_screen(void **state)
{
	char *text = watch_detail_keys();
	const char *line;

	(void)state;
	assert_non_null(strstr(text, "\nq           quit\n"));
	for (line = text; *line; line += strcspn(line, "\n") + 1)
		assert_in_range(strcspn(line, "\n"), 0, 80);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_budget_and_tuning),
		cmocka_unit_test(test_keys_fit_the_screen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
