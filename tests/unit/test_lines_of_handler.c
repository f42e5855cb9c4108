/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/report/lines_of_handler.h"
#include "analyzer/report/lines_of_history.h"

static const struct frame frame = {
	.function = "close_client", .file = "/src/server.c", .line = 290, .module = "/opt/server"
};

static void assert_line(char *line, const char *expected)
{
	if (!expected)
		assert_null(line);
	else
		assert_string_equal(line, expected);
	free(line);
}

/* An eof-unclosed with a stack of that name first. */
static struct report_leak finding(const char *decided)
{
	struct report_leak leak = { .class = CLASS_EOF_UNCLOSED, .stack_count = 1 };

	leak.stacks[0].name = decided;
	leak.number.closed_before_ms = -1;
	return leak;
}

static void test_line_of_site(void **state)
{
	struct report_leak leak = finding("eof");

	(void)state;
	leak.site_stack = "eof";
	assert_line(line_of_site(&leak), NULL);
	leak.in_loop = true;
	assert_line(line_of_site(&leak), "EOF was read by the event loop; no call of "
					 "a handler was recorded.");
	leak.site_stack = "touched";
	assert_line(line_of_site(&leak), "EOF was read by the event loop; the "
					 "handler was identified by its use of the connection.");
	leak = finding("opened");
	leak.site_stack = "touched";
	assert_line(line_of_site(&leak),
		    "The connection was opened by other code; the site is where it was used.");
	leak = finding("duplicated");
	leak.in_loop = true;
	assert_line(line_of_site(&leak), NULL);
}

static void test_registered_handler(void **state)
{
	const struct frame call = { .function = "main", .file = "/src/server.c", .line = 400 };
	struct report_leak leak = finding("eof");

	(void)state;
	leak.in_loop = true;
	leak.site = &frame;
	leak.site_stack = "listen";
	leak.registered_at = &call;
	assert_line(line_of_site(&leak),
		    "EOF was read by the event loop, and no recorded call shows a handler: "
		    "close_client() was registered at server.c:400 in main().");
}

static void test_wrappers(void **state)
{
	const struct frame wrappers[] = {
		{ .function = "my_recv", .file = "/src/io.c", .line = 7 },
		{ .function = "stream_read", .file = "/src/stream.c", .line = 40 },
		{ .function = "client_read", .file = "/src/client.c", .line = 12 },
	};
	struct report_leak leak = finding("eof");

	(void)state;
	leak.wrappers = wrappers;
	leak.wrapper_count = 1;
	assert_line(line_of_site(&leak), "my_recv() only wraps the call: the site is its caller.");
	leak.wrapper_count = 2;
	assert_line(line_of_site(&leak), "my_recv() and stream_read() only wrap the call: the site "
					 "is their caller.");
	leak.wrapper_count = 3;
	assert_line(line_of_site(&leak), "my_recv(), stream_read() and client_read() only wrap the "
					 "call: the site is their caller.");
}

static void test_siblings_that_a_loop_closed(void **state)
{
	struct report_closing closing = { .site = NULL, .count = 4, .median_held_ms = 0.48 };
	struct report_leak leak = finding("eof");

	(void)state;
	leak.decision = DECIDED_EOF;
	leak.siblings = 8;
	leak.siblings_closed = 4;
	leak.closings = &closing;
	leak.closing_count = 1;
	leak.in_loop = true;
	assert_line(line_of_siblings(&leak),
		    "4 of the 8 sockets whose EOF was read by the event loop were closed "
		    "(median 480 us after EOF).");
}

static void test_siblings_at_their_line(void **state)
{
	struct report_closing closing = { .site = &frame, .count = 4, .median_held_ms = 0.48 };
	const struct frame read = { .function = "serve", .file = "/src/server.c", .line = 80 };
	struct report_leak leak = finding("eof");

	(void)state;
	leak.decision = DECIDED_EOF;
	leak.stacks[0].site = &read;
	leak.siblings = 5;
	leak.siblings_closed = 4;
	leak.closings = &closing;
	leak.closing_count = 1;
	assert_line(line_of_siblings(&leak),
		    "4 of the 5 sockets whose EOF was read at server.c:80 were closed, at "
		    "server.c:290 in close_client() (median 480 us after EOF).");
	leak.siblings_closed = closing.count = 1;
	assert_line(line_of_siblings(&leak),
		    "1 of the 5 sockets whose EOF was read at server.c:80 was closed, at "
		    "server.c:290 in close_client() (median 480 us after EOF).");
	leak.class = CLASS_LATE_CLOSE;
	leak.siblings_closed = closing.count = 5;
	assert_line(line_of_siblings(&leak),
		    "All 5 sockets whose EOF was read at server.c:80 were closed, at "
		    "server.c:290 in close_client() (median 480 us after EOF).");
}

static void test_line_of_next(void **state)
{
	struct report_leak leak = finding("eof");

	(void)state;
	assert_line(line_of_next(&leak), NULL);
	leak.next = (struct report_next){
		.call = NEXT_CLOSE, .fd = 7, .after_ms = 0.12, .site = &frame
	};
	assert_line(
		line_of_next(&leak),
		"120 us after EOF, the same thread closed another connection (descriptor 7), at "
		"server.c:290 in close_client().");
	leak.next.call = NEXT_WRITE;
	leak.next.own = true;
	assert_line(line_of_next(&leak),
		    "120 us after EOF, the same thread wrote to this "
		    "socket (descriptor 7), at server.c:290 in close_client().");
	leak.next.own = false;
	leak.next.call = NEXT_ACCEPT;
	assert_line(
		line_of_next(&leak),
		"120 us after EOF, the same thread accepted another connection (descriptor 7).");
	leak.next.call = NEXT_POLLED;
	assert_line(line_of_next(&leak), "After reading EOF, the thread made no further socket "
					 "calls before it waited for events again.");
	/* The last use says the same of the socket itself. */
	leak.next = (struct report_next){ .call = NEXT_EPOLL_DEL, .fd = 5, .own = true };
	leak.last_use = USE_EPOLL_DEL;
	assert_line(line_of_next(&leak), NULL);
}

static void test_line_of_number(void **state)
{
	struct report_leak leak = finding("opened");

	(void)state;
	assert_line(line_of_number(&leak), NULL);
	leak.number = (struct report_number){ 2, &frame };
	assert_line(line_of_number(&leak),
		    "Nothing was read or written after accept(); the descriptor number it got had "
		    "been closed 2 ms earlier, at server.c:290 in close_client().");
	/* Long ago is another story. */
	leak.number.closed_before_ms = 60000;
	assert_line(line_of_number(&leak), NULL);
}

static void test_line_of_owner(void **state)
{
	struct report_owner owner = { .thread = 812, .for_ms = 12000, .doing = "sleeps in futex" };
	struct report_leak leak = finding("opened");
	struct report_poller poller = { .thread = 812 };

	(void)state;
	assert_line(line_of_owner(&leak), NULL);
	leak.owner = &owner;
	assert_line(line_of_owner(&leak),
		    "Thread 812, which used it last, sleeps in futex (for at least 12 s).");
	owner.accepts = true;
	owner.for_ms = 0;
	assert_line(line_of_owner(&leak), "Thread 812, which should accept, sleeps in futex.");
	owner.accepted = true;
	assert_line(line_of_owner(&leak), "Thread 812, which accepted last, sleeps in futex.");
	leak.poller = &poller;
	assert_line(line_of_owner(&leak), NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line_of_site),
		cmocka_unit_test(test_registered_handler),
		cmocka_unit_test(test_wrappers),
		cmocka_unit_test(test_siblings_that_a_loop_closed),
		cmocka_unit_test(test_siblings_at_their_line),
		cmocka_unit_test(test_line_of_next),
		cmocka_unit_test(test_line_of_number),
		cmocka_unit_test(test_line_of_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
