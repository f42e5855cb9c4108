/* SPDX-License-Identifier: MIT */
/* What a report adds of the kernel's: bytes that wait, events that epoll waits for. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "analyzer/report/lines_of_history.h"
#include "analyzer/report/lines_of_kernel.h"

static void assert_line(char *line, const char *expected)
{
	assert_string_equal(line, expected);
	free(line);
}

/* The FIN counts one. */
static void test_unread_bytes(void **state)
{
	struct report_socket sockets[2] = { { .receive_queue = 2 }, { .receive_queue = 2 } };
	struct report_leak leak = { .reason = REASON_DATA_UNREAD,
				    .sockets = sockets,
				    .socket_count = 2 };

	(void)state;
	assert_line(line_of_unread_bytes(&leak), "Unread before the EOF: 1 byte.");
	sockets[1].receive_queue = 13;
	assert_line(line_of_unread_bytes(&leak), "Unread before the EOF: 1 to 12 bytes.");
	leak.socket_count = 1;
	sockets[0].receive_queue = 13;
	assert_line(line_of_unread_bytes(&leak), "Unread before the EOF: 12 bytes.");
}

/* A flag is no event. */
static void test_interests(void **state)
{
	static const char *const cases[][2] = {
		{ "IN|ET", "epoll: descriptor 4 of pid 7 watches it for IN|ET." },
		{ "nothing", "epoll: descriptor 4 of pid 7 watches it for no events." },
		{ "ONESHOT", "epoll: descriptor 4 of pid 7 watches it for no events (ONESHOT)." },
		{ "ET|ONESHOT",
		  "epoll: descriptor 4 of pid 7 watches it for no events (ET|ONESHOT)." },
	};
	struct report_interest interest = { .epoll = 4, .pid = 7 };
	struct report_socket socket = { .interests = &interest, .interest_count = 1 };
	struct report_leak leak = { .sockets = &socket, .socket_count = 1 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(interest.events, sizeof(interest.events), "%s", cases[i][0]);
		assert_line(line_of_interests(&leak), cases[i][1]);
	}
}

static void test_reads_at_the_end(void **state)
{
	struct report_leak leak = { .rereads = 1 };

	(void)state;
	assert_line(line_of_uses(&leak), "A read returned 0 once more.");
	leak.rereads = 2;
	assert_line(line_of_uses(&leak), "2 more reads returned 0.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unread_bytes),
		cmocka_unit_test(test_interests),
		cmocka_unit_test(test_reads_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
