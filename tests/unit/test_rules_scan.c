/* SPDX-License-Identifier: MIT */
/* What the kernel alone shows of a stuck socket. */
#include "tests/unit/unit.h"

#include "analyzer/rules/rule_match.h"
#include "analyzer/base/clock.h"
#include "analyzer/scan/scan_evidence.h"

struct expected {
	const char *what;
	bool found;
	enum leak_class class;
	enum leak_reason reason;
	enum verdict verdict;
};

static void check(const struct expected *expected, const struct evidence *evidence)
{
	static const struct judge_options options = { .late_ns = 10000000000,
						      .idle_ns = 3000000000 };
	const struct evidence *matched;
	const struct rule *got = rules_first(evidence, 1, &options, &matched);

	if (!got != !expected->found)
		fail_msg("%s: %s", expected->what, got ? got->name : "nothing found");
	if (!got)
		return;
	if (got->class != expected->class || got->reason != expected->reason ||
	    got->verdict != expected->verdict)
		fail_msg("%s: %s, %s", expected->what, got->name, verdict_name(got->verdict));
}

/* A socket in CLOSE_WAIT in two samples. */
struct stuck {
	uint32_t inode;
	bool listening;
	bool multipath;
	uint32_t queue, queue_before; /* 0: as now */
	uint64_t sent, sent_before;   /* bytes, between the samples and before */
	int64_t quiet_ms;             /* since the peer's last segment */
	enum epoll_readiness readiness;
};

static void check_stuck(const struct expected *expected, const struct stuck *stuck)
{
	struct kernel_socket before = { .inode = stuck->inode,
					.state = KERNEL_CLOSE_WAIT,
					.multipath = stuck->multipath,
					.receive_queue = stuck->queue,
					.bytes_sent = stuck->sent_before,
					.quiet_ms = stuck->quiet_ms,
					.sent_ms = -1 },
			     now = before;
	struct evidence evidence;

	if (stuck->queue_before)
		before.receive_queue = stuck->queue_before;
	now.bytes_sent += stuck->sent;
	evidence = scan_evidence_of_stuck(&before, &now, stuck->listening, stuck->readiness);
	check(expected, &evidence);
}

static void test_close_wait(void **state)
{
	static const struct {
		struct expected expected;
		struct stuck stuck;
	} cases[] = {
		{ { "EOF read", true, CLASS_EOF_UNCLOSED, REASON_NONE, VERDICT_LEAK },
		  { .inode = 77 } },
		{ { "EOF read, watched", true, CLASS_EOF_UNCLOSED, REASON_NONE, VERDICT_LEAK },
		  { .inode = 77, .readiness = EPOLL_REPORTED } },
		{ { "still sending", true, CLASS_EOF_UNCLOSED, REASON_HALF_CLOSED, VERDICT_NOTE },
		  { .inode = 77, .sent = 1 } },
		{ { "FIN, no epoll", true, CLASS_FIN_UNREAD, REASON_NOT_POLLED, VERDICT_LEAK },
		  { .inode = 77, .queue = 1, .readiness = EPOLL_UNWATCHED } },
		{ { "FIN, paused", true, CLASS_FIN_UNREAD, REASON_READING_PAUSED, VERDICT_LEAK },
		  { .inode = 77, .queue = 1, .readiness = EPOLL_PAUSED } },
		{ { "FIN, reported", true, CLASS_FIN_UNREAD, REASON_HANGUP_IGNORED, VERDICT_LEAK },
		  { .inode = 77, .queue = 1, .readiness = EPOLL_REPORTED } },
		{ { "FIN, unknown", true, CLASS_FIN_UNREAD, REASON_NONE, VERDICT_LEAK },
		  { .inode = 77, .queue = 1 } },
		/* Sending does not excuse what is never read. */
		{ { "FIN, sending", true, CLASS_FIN_UNREAD, REASON_NOT_POLLED, VERDICT_LEAK },
		  { .inode = 77, .queue = 1, .sent = 1, .readiness = EPOLL_UNWATCHED } },
		{ { "FIN, of a pool", true, CLASS_FIN_UNREAD, REASON_NOT_POLLED, VERDICT_NOTE },
		  { .inode = 77, .queue = 1, .sent_before = 9, .readiness = EPOLL_UNWATCHED } },
		{ { "FIN, of a pool, for long", true, CLASS_FIN_UNREAD, REASON_NOT_POLLED,
		    VERDICT_LEAK },
		  { .inode = 77,
		    .queue = 1,
		    .sent_before = 9,
		    .quiet_ms = 4000,
		    .readiness = EPOLL_UNWATCHED } },
		{ { "FIN, accepted and used", true, CLASS_FIN_UNREAD, REASON_NOT_POLLED,
		    VERDICT_LEAK },
		  { .inode = 77,
		    .listening = true,
		    .queue = 1,
		    .sent_before = 9,
		    .readiness = EPOLL_UNWATCHED } },
		{ { "a byte and FIN", true, CLASS_FIN_UNREAD, REASON_DATA_UNREAD, VERDICT_LEAK },
		  { .inode = 77, .queue = 2, .readiness = EPOLL_UNWATCHED } },
		{ { "being read", false, 0, 0, 0 },
		  { .inode = 77, .queue = 2, .queue_before = 600 } },
		{ { "just read to its end", false, 0, 0, 0 },
		  { .inode = 77, .queue_before = 600 } },
		{ { "MPTCP, data", true, CLASS_FIN_UNREAD, REASON_DATA_UNREAD, VERDICT_LEAK },
		  { .inode = 77, .multipath = true, .queue = 1 } },
		{ { "MPTCP, nothing", true, CLASS_EOF_UNCLOSED, REASON_NONE, VERDICT_LEAK },
		  { .inode = 77, .multipath = true } },
		{ { "in the backlog", true, CLASS_NEVER_ACCEPTED, REASON_NONE, VERDICT_LEAK },
		  { .listening = true, .queue = 1 } },
		{ { "in the backlog, with data", true, CLASS_NEVER_ACCEPTED, REASON_NONE,
		    VERDICT_LEAK },
		  { .listening = true, .queue = 9 } },
		{ { "nobody's", false, 0, 0, 0 }, { .queue = 1 } },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_stuck(&cases[i].expected, &cases[i].stuck);
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
		{ { "server, reset, not reported", true, CLASS_ERROR_UNCLOSED, 0, VERDICT_NOTE },
		  true,
		  { .state = KERNEL_CLOSE, .segments_in = 3, .error_pending = true } },
		/* A connection that was idle for long: the reset may have come just now. */
		{ { "server, reset, silent for long", true, CLASS_ERROR_UNCLOSED, 0, VERDICT_NOTE },
		  true,
		  { .state = KERNEL_CLOSE,
		    .segments_in = 3,
		    .error_pending = true,
		    .quiet_ms = 40000 } },
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
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct evidence evidence = scan_evidence_of_unlisted(
			&cases[i].unlisted, cases[i].listening, 100 * NS_PER_MS);

		check(&cases[i].expected, &evidence);
	}
}

/* Samples that are --idle apart show that nobody noticed it for so long. */
static void test_reset_in_samples_far_apart(void **state)
{
	const struct expected leak = { "server, reset, not reported for long", true,
				       CLASS_ERROR_UNCLOSED, 0, VERDICT_LEAK };
	const struct kernel_unlisted unlisted = { .state = KERNEL_CLOSE,
						  .segments_in = 3,
						  .error_pending = true };
	struct evidence evidence = scan_evidence_of_unlisted(&unlisted, true, 4 * NS_PER_S);

	(void)state;
	check(&leak, &evidence);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_close_wait),
		cmocka_unit_test(test_unlisted),
		cmocka_unit_test(test_reset_in_samples_far_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
