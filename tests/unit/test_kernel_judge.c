/* SPDX-License-Identifier: MIT */
/* What the kernel alone tells of a stuck socket. */
#include "tests/unit/unit.h"

#include "analyzer/classify/kernel_judge.h"
#include "analyzer/kernel_view/kernel_sockets.h"

struct expected {
	const char *what;
	bool found;
	enum leak_class class;
	enum leak_reason reason;
	enum verdict verdict;
};

static void check(const struct expected *expected, struct kernel_judgement got)
{
	if (got.found != expected->found)
		fail_msg("%s: found %d", expected->what, got.found);
	if (!got.found)
		return;
	if (got.class != expected->class || got.reason != expected->reason ||
	    got.verdict != expected->verdict)
		fail_msg("%s: %s, %s, %s", expected->what, leak_class_name(got.class),
			 got.reason ? leak_reason_name(got.reason) : "no reason",
			 verdict_name(got.verdict));
}

static void test_close_wait(void **state)
{
	static const struct {
		struct expected expected;
		struct kernel_evidence evidence;
	} cases[] = {
		{ { "EOF read", true, CLASS_EOF_UNCLOSED, REASON_NONE, VERDICT_LEAK },
		  { .in_program = true } },
		{ { "EOF read, watched", true, CLASS_EOF_UNCLOSED, REASON_NONE, VERDICT_LEAK },
		  { .in_program = true, .readiness = EPOLL_REPORTED } },
		{ { "still sending", true, CLASS_EOF_UNCLOSED, REASON_HALF_CLOSED, VERDICT_NOTE },
		  { .in_program = true, .sends = true } },
		{ { "FIN, no epoll", true, CLASS_FIN_UNREAD, REASON_NOT_POLLED, VERDICT_LEAK },
		  { .in_program = true, .receive_queue = 1, .readiness = EPOLL_UNWATCHED } },
		{ { "FIN, paused", true, CLASS_FIN_UNREAD, REASON_READING_PAUSED, VERDICT_LEAK },
		  { .in_program = true, .receive_queue = 1, .readiness = EPOLL_PAUSED } },
		{ { "FIN, told", true, CLASS_FIN_UNREAD, REASON_HANGUP_IGNORED, VERDICT_LEAK },
		  { .in_program = true, .receive_queue = 1, .readiness = EPOLL_REPORTED } },
		{ { "FIN, unknown", true, CLASS_FIN_UNREAD, REASON_NONE, VERDICT_LEAK },
		  { .in_program = true, .receive_queue = 1 } },
		/* Sending does not excuse what is never read. */
		{ { "FIN, sending", true, CLASS_FIN_UNREAD, REASON_NOT_POLLED, VERDICT_LEAK },
		  { .in_program = true,
		    .receive_queue = 1,
		    .sends = true,
		    .readiness = EPOLL_UNWATCHED } },
		{ { "a byte and FIN", true, CLASS_FIN_UNREAD, REASON_DATA_UNREAD, VERDICT_LEAK },
		  { .in_program = true, .receive_queue = 2, .readiness = EPOLL_UNWATCHED } },
		{ { "being read", false, 0, 0, 0 },
		  { .in_program = true, .receive_queue = 2, .reads = true } },
		{ { "just read to its end", false, 0, 0, 0 },
		  { .in_program = true, .reads = true } },
		{ { "MPTCP, data", true, CLASS_FIN_UNREAD, REASON_DATA_UNREAD, VERDICT_LEAK },
		  { .in_program = true, .multipath = true, .receive_queue = 1 } },
		{ { "MPTCP, nothing", true, CLASS_EOF_UNCLOSED, REASON_NONE, VERDICT_LEAK },
		  { .in_program = true, .multipath = true } },
		{ { "in the backlog", true, CLASS_NEVER_ACCEPTED, REASON_NONE, VERDICT_LEAK },
		  { .listening = true, .receive_queue = 1 } },
		{ { "in the backlog, with data", true, CLASS_NEVER_ACCEPTED, REASON_NONE,
		    VERDICT_LEAK },
		  { .listening = true, .receive_queue = 9 } },
		{ { "nobody's", false, 0, 0, 0 }, { .receive_queue = 1 } },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(&cases[i].expected, kernel_judge_close_wait(&cases[i].evidence));
}

static void test_unlisted(void **state)
{
	static const struct {
		struct expected expected;
		bool listening;
		struct kernel_unlisted unlisted;
	} cases[] = {
		{ { "never bound", false, 0, 0, 0 }, false, { .state = KERNEL_CLOSE } },
		{ { "bound, or a connect() refused", false, 0, 0, 0 },
		  false,
		  { .state = KERNEL_CLOSE, .local.port = 80 } },
		{ { "of another namespace", false, 0, 0, 0 },
		  true,
		  { .state = KERNEL_CLOSE_WAIT, .segments_in = 4, .bytes_acked = 1 } },
		{ { "server, shut down", true, CLASS_SHUTDOWN_UNCLOSED, 0, VERDICT_LEAK },
		  true,
		  { .state = KERNEL_CLOSE, .segments_in = 4, .bytes_acked = 1 } },
		{ { "server, sent 5, shut down", true, CLASS_SHUTDOWN_UNCLOSED, 0, VERDICT_LEAK },
		  true,
		  { .state = KERNEL_CLOSE, .segments_in = 6, .bytes_acked = 6, .bytes_sent = 5 } },
		{ { "server, sent 5 twice", true, CLASS_SHUTDOWN_UNCLOSED, 0, VERDICT_LEAK },
		  true,
		  { .state = KERNEL_CLOSE,
		    .segments_in = 6,
		    .bytes_acked = 6,
		    .bytes_sent = 10,
		    .bytes_retransmitted = 5 } },
		{ { "server, reset", true, CLASS_ERROR_UNCLOSED, 0, VERDICT_LEAK },
		  true,
		  { .state = KERNEL_CLOSE, .segments_in = 3 } },
		{ { "server, reset, not told", true, CLASS_ERROR_UNCLOSED, 0, VERDICT_NOTE },
		  true,
		  { .state = KERNEL_CLOSE, .segments_in = 3, .error_pending = true } },
		/* Its SYN was acknowledged: that is one more. */
		{ { "client, reset", true, CLASS_ERROR_UNCLOSED, 0, VERDICT_LEAK },
		  false,
		  { .state = KERNEL_CLOSE, .segments_in = 2, .bytes_acked = 1 } },
		{ { "client, shut down", true, CLASS_SHUTDOWN_UNCLOSED, 0, VERDICT_LEAK },
		  false,
		  { .state = KERNEL_CLOSE, .segments_in = 3, .bytes_acked = 2 } },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(&cases[i].expected,
		      kernel_judge_unlisted(&cases[i].unlisted, cases[i].listening));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_close_wait),
		cmocka_unit_test(test_unlisted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
