/* SPDX-License-Identifier: MIT */
/* Lines of /proc/PID/fdinfo of an epoll descriptor. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/kernel_view/kernel_epoll.h"

static void test_parse(void **state)
{
	struct kernel_interest interest = { 0 };

	(void)state;
	assert_true(kernel_epoll_parse(&interest,
				       "tfd:        7 events:     2019 data:                7  "
				       "pos:0 ino:2b1c sdev:9\n",
				       9));
	assert_int_equal(interest.fd, 7);
	assert_int_equal(interest.events, 0x2019);
	assert_int_equal(interest.inode, 0x2b1c);
}

static void test_parse_other_lines(void **state)
{
	static const char *const lines[] = {
		"",
		"\n",
		"pos:\t0\n",
		"flags:\t02\n",
		"tfd: 7\n",
		"tfd: x events: 19 data: 7 pos:0 ino:1 sdev:9\n",
		/* Before Linux 4.12. */
		"tfd:        7 events:       19 data:                7\n",
		"tfd: 7 events: 19 data: 7 pos:0 ino: sdev:9\n",
		"tfd: 99999999999 events: 19 data: 7 pos:0 ino:1 sdev:9\n",
		"tfd: 7 events: fffffffff data: 7 pos:0 ino:1 sdev:9\n",
		"tfd: 7 events: 19 data: 7 pos:0 ino:fffffffff sdev:9\n",
		/* A pipe: its file system counts inodes of its own. */
		"tfd: 7 events: 19 data: 7 pos:0 ino:2b1c sdev:e\n",
	};
	struct kernel_interest interest = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (kernel_epoll_parse(&interest, lines[i], 9))
			fail_msg("taken: %s", lines[i]);
}

static void test_readiness(void **state)
{
	static const struct {
		uint32_t events;
		enum epoll_readiness readiness;
	} cases[] = {
		{ EPOLLIN, EPOLL_REPORTED },
		{ EPOLLRDHUP | EPOLLET, EPOLL_REPORTED },
		{ EPOLLIN | EPOLLONESHOT, EPOLL_REPORTED },
		/* HUP is always reported, but takes both directions. */
		{ EPOLLHUP | EPOLLERR, EPOLL_PAUSED },
		{ EPOLLONESHOT, EPOLL_PAUSED },
		{ EPOLLOUT | EPOLLHUP | EPOLLERR, EPOLL_PAUSED },
		{ 0, EPOLL_PAUSED },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct kernel_interest interest = { .events = cases[i].events };

		assert_int_equal(kernel_epoll_readiness(&interest, true), cases[i].readiness);
		/* What was found holds, whatever else there may be. */
		assert_int_equal(kernel_epoll_readiness(&interest, false), cases[i].readiness);
	}
	assert_int_equal(kernel_epoll_readiness(NULL, true), EPOLL_UNWATCHED);
	assert_int_equal(kernel_epoll_readiness(NULL, false), EPOLL_UNKNOWN);
}

static void test_deciding(void **state)
{
	struct kernel_interest list[] = {
		{ .inode = 7, .epoll = 3, .events = EPOLLOUT },
		{ .inode = 7, .epoll = 4, .events = EPOLLIN },
		{ .inode = 7, .epoll = 5, .events = EPOLLRDHUP },
		{ .inode = 9, .epoll = 6, .events = EPOLLOUT },
		{ .inode = 9, .epoll = 7, .events = EPOLLPRI },
	};
	const struct kernel_interests interests = { list, sizeof(list) / sizeof(list[0]) };

	(void)state;
	assert_int_equal(kernel_interests_deciding(&interests, 7)->epoll, 4);
	assert_int_equal(kernel_interests_deciding(&interests, 9)->epoll, 6);
	assert_null(kernel_interests_deciding(&interests, 8));
}

/* As eventpoll.c does it: what fired once keeps its flags and no event. */
static void test_after_report(void **state)
{
	(void)state;
	assert_int_equal(kernel_epoll_after_report(EPOLLIN | EPOLLET), EPOLLIN | EPOLLET);
	assert_int_equal(kernel_epoll_after_report(EPOLLIN | EPOLLONESHOT | EPOLLET),
			 EPOLLONESHOT | EPOLLET);
	assert_int_equal(kernel_epoll_after_report(EPOLLOUT | EPOLLONESHOT),
			 EPOLLOUT | EPOLLONESHOT);
}

static void test_names(void **state)
{
	char text[48];

	(void)state;
	kernel_epoll_name(text, sizeof(text), EPOLLIN | EPOLLRDHUP | EPOLLET);
	assert_string_equal(text, "IN|RDHUP|ET");
	kernel_epoll_name(text, sizeof(text), EPOLLHUP | EPOLLERR);
	assert_string_equal(text, "nothing");
	kernel_epoll_name(text, sizeof(text), UINT32_MAX);
	assert_string_equal(text, "IN|RDNORM|PRI|OUT|RDHUP|ET|ONESHOT");
	kernel_epoll_name(text, 5, EPOLLIN | EPOLLRDHUP);
	assert_string_equal(text, "IN|R");
}

/* The kernel's own lines, of this process. */
static void test_live(void **state)
{
	struct kernel_interests interests = { 0 };
	int pair[2], pipes[2], epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP };
	struct stat status;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, pair[0], &event), 0);
	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, pipes[0], &event), 0);
	assert_int_equal(fstat(pair[0], &status), 0);
	assert_int_equal(kernel_epoll_add(&interests, (int)getpid(), epoll), 0);
	assert_int_equal(interests.count, 1);
	assert_int_equal(interests.list[0].inode, status.st_ino);
	assert_int_equal(interests.list[0].fd, pair[0]);
	assert_int_equal(interests.list[0].epoll, epoll);
	assert_int_equal(interests.list[0].events, event.events | EPOLLERR | EPOLLHUP);
	close(epoll);
	assert_int_not_equal(kernel_epoll_add(&interests, (int)getpid(), epoll), 0);
	free(interests.list);
	close(pair[0]);
	close(pair[1]);
	close(pipes[0]);
	close(pipes[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),        cmocka_unit_test(test_parse_other_lines),
		cmocka_unit_test(test_readiness),    cmocka_unit_test(test_deciding),
		cmocka_unit_test(test_after_report), cmocka_unit_test(test_names),
		cmocka_unit_test(test_live),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
