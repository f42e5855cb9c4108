/* SPDX-License-Identifier: MIT */
/* epoll_ctl(): what is waited for, and the last use (calls/epoll.c). */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "call_tests.h"
#include "children.h"
#include "connections.h"
#include "expect.h"

static int epoll;
static struct epoll_event wanted = { .events = EPOLLIN };

static int by_epoll_del(int fd)
{
	return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
}

static int by_epoll_mod(int fd)
{
	return epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &wanted);
}

static int by_syscall_epoll_del(int fd)
{
	return syscall(SYS_epoll_ctl, epoll, EPOLL_CTL_DEL, fd, NULL);
}

static int by_syscall_epoll_mod(int fd)
{
	return syscall(SYS_epoll_ctl, epoll, EPOLL_CTL_MOD, fd, &wanted);
}

static const struct use {
	const char *call;
	int (*use)(int fd);
	enum recorded_use noted;
} uses[] = {
	{ "epoll_ctl", by_epoll_del, USE_EPOLL_DEL },
	{ "epoll_ctl", by_epoll_mod, USE_EPOLL_MOD },
	{ "syscall epoll_ctl", by_syscall_epoll_del, USE_EPOLL_DEL },
	{ "syscall epoll_ctl", by_syscall_epoll_mod, USE_EPOLL_MOD },
};

static void last_use_is_noted_after_eof_only(void **state)
{
	const struct use *use = *state;
	struct connection connection = half_closed();
	char got;

	epoll = epoll_create1(EPOLL_CLOEXEC);
	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, connection.ours, &wanted), 0);
	assert_int_equal(use->use(connection.ours), 0);
	if (is_recorded())
		assert_int_equal(row_of(connection.ours)->last_use, USE_NONE);
	epoll_ctl(epoll, EPOLL_CTL_ADD, connection.ours, &wanted);

	assert_int_equal(read(connection.ours, &got, 1), 0);
	assert_int_equal(use->use(connection.ours), 0);
	expect_last_use(connection.ours, use->noted, (const void *)use->use);
	assert_int_equal(use->use(-1), -1);
	assert_int_equal(errno, EBADF);
	close(epoll);
	disconnect(&connection);
}

static bool deletes(const struct use *use)
{
	return use->noted == USE_EPOLL_DEL;
}

static void reset_that_is_dropped_is_an_error(void **state)
{
	const struct use *use = *state;
	struct connection connection = reset_by_peer();
	struct epoll_event got;

	epoll = epoll_create1(EPOLL_CLOEXEC);
	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, connection.ours, &wanted), 0);
	assert_int_equal(epoll_wait(epoll, &got, 1, -1), 1);
	assert_true(got.events & EPOLLHUP);
	assert_int_equal(use->use(connection.ours), 0);
	if (deletes(use))
		expect_error(connection.ours, ERROR_CALL_EPOLL_DEL, 0, (const void *)use->use);
	else
		expect_no_end(connection.ours);
	close(epoll);
	disconnect(&connection);
}

/* A loop takes sockets out after each request: what a wait has not reported is not asked for. */
static void reset_that_no_wait_reported_is_not_looked_for(void **state)
{
	const struct use *use = *state;
	struct connection connection = reset_by_peer();
	struct epoll_event got;

	epoll = epoll_create1(EPOLL_CLOEXEC);
	assert_int_equal(epoll_wait(epoll, &got, 1, 0), 0);
	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, connection.ours, &wanted), 0);
	assert_int_equal(use->use(connection.ours), 0);
	expect_no_end(connection.ours);
	close(epoll);
	disconnect(&connection);
}

/* The program's own shutdown() closed it, with the peer's: that is the end it asked for. */
static void shut_down_that_is_dropped_is_no_error(void **state)
{
	const struct use *use = *state;
	struct connection connection = half_closed();

	epoll = epoll_create1(EPOLL_CLOEXEC);
	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, connection.ours, &wanted), 0);
	assert_int_equal(shutdown(connection.ours, SHUT_WR), 0);
	assert_int_equal(use->use(connection.ours), 0);
	if (is_recorded())
		assert_false(row_of(connection.ours)->life & LIFE_ERROR);
	close(epoll);
	disconnect(&connection);
}

static int by_epoll_ctl(int set, int operation, int fd, struct epoll_event *event)
{
	return epoll_ctl(set, operation, fd, event);
}

static int by_syscall_epoll_ctl(int set, int operation, int fd, struct epoll_event *event)
{
	return syscall(SYS_epoll_ctl, set, operation, fd, event);
}

static const struct way {
	const char *call;
	int (*control)(int set, int operation, int fd, struct epoll_event *event);
} ways[] = {
	{ "epoll_ctl", by_epoll_ctl },
	{ "syscall epoll_ctl", by_syscall_epoll_ctl },
};

static void expect_interest(int fd, int set, uint32_t interest)
{
	if (!is_recorded())
		return;
	assert_non_null(row_of(fd));
	assert_int_equal(row_of(fd)->epoll_interest, interest);
	assert_int_equal(row_of(fd)->epoll, set);
}

static void interest_is_noted(void **state)
{
	const struct way *way = *state;
	struct epoll_event paused = { .events = EPOLLOUT | EPOLLONESHOT };
	struct connection connection = connected();
	int set = epoll_create1(EPOLL_CLOEXEC);

	if (is_recorded())
		assert_int_equal(row_of(connection.ours)->epoll_interest, 0);
	assert_int_equal(way->control(set, EPOLL_CTL_ADD, connection.ours, &wanted), 0);
	expect_interest(connection.ours, set, RECORDED_REGISTERED | EPOLLIN);
	assert_int_equal(way->control(set, EPOLL_CTL_MOD, connection.ours, &paused), 0);
	expect_interest(connection.ours, set, RECORDED_REGISTERED | EPOLLOUT | EPOLLONESHOT);
	/* What fails changes nothing. */
	assert_int_equal(way->control(set, EPOLL_CTL_ADD, connection.ours, &wanted), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(way->control(set, EPOLL_CTL_MOD, connection.ours, NULL), -1);
	assert_int_equal(errno, EFAULT);
	expect_interest(connection.ours, set, RECORDED_REGISTERED | EPOLLOUT | EPOLLONESHOT);
	assert_int_equal(way->control(set, EPOLL_CTL_DEL, connection.ours, NULL), 0);
	expect_interest(connection.ours, set, 0);
	expect_no_end(connection.ours);
	close(set);
	disconnect(&connection);
}

static void set_interest(const struct way *way, int set, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events };

	assert_int_equal(way->control(set, EPOLL_CTL_MOD, fd, &event), 0);
}

static void pause_is_noted(void **state)
{
	const struct way *way = *state;
	struct connection connection = connected();
	int set = epoll_create1(EPOLL_CLOEXEC), fd = connection.ours;
	char got;

	assert_int_equal(way->control(set, EPOLL_CTL_ADD, fd, &wanted), 0);
	set_interest(way, set, fd, EPOLLIN | EPOLLOUT);
	expect_paused(fd, 0, NULL);
	set_interest(way, set, fd, EPOLLOUT);
	expect_paused(fd, 1, (const void *)way->control);
	/* To give up what is left, and to resume, are no pauses. */
	set_interest(way, set, fd, 0);
	set_interest(way, set, fd, EPOLLIN);
	expect_paused(fd, 1, (const void *)way->control);
	set_interest(way, set, fd, EPOLLIN | EPOLLONESHOT);
	expect_paused(fd, 2, (const void *)way->control);
	/* An EOF that was read was not kept from the program. */
	assert_int_equal(shutdown(connection.theirs, SHUT_WR), 0);
	assert_int_equal(read(fd, &got, 1), 0);
	if (is_recorded())
		assert_int_equal(row_of(fd)->reread_stack, 0);
	close(set);
	disconnect(&connection);
}

static void handed_over_socket_stays_in_the_new_set(void **state)
{
	const struct way *way = *state;
	struct connection connection = connected();
	int first = epoll_create1(EPOLL_CLOEXEC), second = epoll_create1(EPOLL_CLOEXEC);

	assert_int_equal(way->control(first, EPOLL_CTL_ADD, connection.ours, &wanted), 0);
	assert_int_equal(way->control(second, EPOLL_CTL_ADD, connection.ours, &wanted), 0);
	assert_int_equal(way->control(first, EPOLL_CTL_DEL, connection.ours, NULL), 0);
	expect_interest(connection.ours, second, RECORDED_REGISTERED | EPOLLIN);
	close(first);
	close(second);
	disconnect(&connection);
}

static void listener_is_noted(void **state)
{
	const struct way *way = *state;
	struct address address;
	int listener = listen_on(AF_INET, 0, &address), set = epoll_create1(EPOLL_CLOEXEC);

	assert_int_equal(way->control(set, EPOLL_CTL_ADD, listener, &wanted), 0);
	expect_interest(listener, set, RECORDED_REGISTERED | EPOLLIN);
	assert_int_equal(way->control(set, EPOLL_CTL_MOD, listener, &wanted), 0);
	if (is_recorded())
		assert_int_equal(row_of(listener)->last_use, USE_NONE);
	close(set);
	close(listener);
}

/* A row is used again: a new socket is in no set. */
static void next_socket_starts_in_no_set(void **state)
{
	const struct way *way = *state;
	struct connection connection = connected();
	int set = epoll_create1(EPOLL_CLOEXEC), next;

	assert_int_equal(way->control(set, EPOLL_CTL_ADD, connection.ours, &wanted), 0);
	close(connection.ours);
	next = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(next, connection.ours);
	if (is_recorded())
		assert_int_equal(row_of(next)->epoll_interest, 0);
	disconnect(&connection);
	close(set);
}

/* Its sets are its parent's until it has become another program. */
static void vfork_child_writes_nothing(void **state)
{
	const struct way *way = *state;
	struct connection connection = connected();
	int set = epoll_create1(EPOLL_CLOEXEC), failed;
	pid_t child = vfork();

	if (child == 0)
		_exit(way->control(set, EPOLL_CTL_ADD, connection.ours, &wanted) != 0);
	failed = wait_for_child(child);
	assert_int_equal(failed, 0);
	if (is_recorded())
		assert_int_equal(row_of(connection.ours)->epoll_interest, 0);
	close(set);
	disconnect(&connection);
}

static void child_inherits_the_interest(void **state)
{
	const struct way *way = *state;
	struct connection connection = connected();
	int set = epoll_create1(EPOLL_CLOEXEC);
	pid_t child;

	assert_int_equal(way->control(set, EPOLL_CTL_ADD, connection.ours, &wanted), 0);
	fflush(NULL);
	child = fork();
	if (child == 0) {
		if (is_recorded())
			report_row(connection.ours);
		_exit(0);
	}
	assert_int_equal(wait_for_child(child), 0);
	if (is_recorded()) {
		assert_int_equal(reported()->epoll, set);
		assert_int_equal(reported()->epoll_interest, RECORDED_REGISTERED | EPOLLIN);
	}
	close(set);
	disconnect(&connection);
}

static int by_epoll_wait(int set, struct epoll_event *events)
{
	return epoll_wait(set, events, 1, 0);
}

static int by_epoll_pwait(int set, struct epoll_event *events)
{
	return epoll_pwait(set, events, 1, 0, NULL);
}

static int by_epoll_pwait2(int set, struct epoll_event *events)
{
	const struct timespec at_once = { 0 };

	return epoll_pwait2(set, events, 1, &at_once, NULL);
}

#ifdef SYS_epoll_wait
static int by_syscall_epoll_wait(int set, struct epoll_event *events)
{
	return (int)syscall(SYS_epoll_wait, set, events, 1, 0);
}
#endif

static int by_syscall_epoll_pwait(int set, struct epoll_event *events)
{
	return (int)syscall(SYS_epoll_pwait, set, events, 1, 0, NULL, 0);
}

static int by_syscall_epoll_pwait2(int set, struct epoll_event *events)
{
	const struct timespec at_once = { 0 };

	return (int)syscall(SYS_epoll_pwait2, set, events, 1, &at_once, NULL, 0);
}

static const struct polling {
	const char *call;
	int (*poll)(int set, struct epoll_event *events);
} pollings[] = {
	{ "epoll_wait", by_epoll_wait },
	{ "epoll_pwait", by_epoll_pwait },
	{ "epoll_pwait2", by_epoll_pwait2 },
#ifdef SYS_epoll_wait
	{ "syscall epoll_wait", by_syscall_epoll_wait },
#endif
	{ "syscall epoll_pwait", by_syscall_epoll_pwait },
	{ "syscall epoll_pwait2", by_syscall_epoll_pwait2 },
};

static void poller_is_noted(void **state)
{
	const struct polling *polling = *state;
	struct connection connection = connected();
	int set = epoll_create1(EPOLL_CLOEXEC), closed = set;
	struct epoll_event writable = { .events = EPOLLOUT }, got = { 0 };
	const struct recorded_poller *poller;

	assert_int_equal(epoll_ctl(set, EPOLL_CTL_ADD, connection.ours, &writable), 0);
	assert_int_equal(polling->poll(set, &got), 1);
	assert_int_equal(got.events, EPOLLOUT);
	if (is_recorded()) {
		poller = poller_of(set);
		assert_non_null(poller);
		assert_int_equal(poller->thread, getpid());
		assert_true(poller->entered_ns != 0);
		assert_true(poller->returned_ns >= poller->entered_ns);
	}
	close(set);
	assert_int_equal(polling->poll(closed, &got), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(polling->poll(-1, &got), -1);
	assert_int_equal(errno, EBADF);
	disconnect(&connection);
}

static void vfork_child_that_polls_writes_nothing(void **state)
{
	const struct polling *polling = *state;
	int set = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event got;
	uint64_t before = 0;
	pid_t child;

	assert_int_equal(polling->poll(set, &got), 0);
	if (is_recorded())
		before = poller_of(set)->returned_ns;
	child = vfork();
	if (child == 0)
		_exit(polling->poll(set, &got) != 0);
	assert_int_equal(wait_for_child(child), 0);
	if (is_recorded())
		assert_int_equal(poller_of(set)->returned_ns, before);
	close(set);
}

int main(int argc, char **argv)
{
	size_t i;

	children_start();
	for (i = 0; i < COUNT_OF(uses); i++)
		add_call_test(uses[i].call, last_use_is_noted_after_eof_only, &uses[i],
			      uses[i].noted == USE_EPOLL_DEL ? "last_use_by_*_DEL_is_noted"
							     : "last_use_by_*_MOD_is_noted");
	for (i = 0; i < COUNT_OF(uses); i++) {
		add_call_test(uses[i].call, reset_that_is_dropped_is_an_error, &uses[i],
			      deletes(&uses[i]) ? "reset_dropped_by_*_DEL_is_an_error"
						: "reset_seen_by_*_MOD_is_none");
		add_call_test(uses[i].call, reset_that_no_wait_reported_is_not_looked_for, &uses[i],
			      deletes(&uses[i]) ? "reset_unreported_at_*_DEL_is_none"
						: "reset_unreported_at_*_MOD_is_none");
		add_call_test(uses[i].call, shut_down_that_is_dropped_is_no_error, &uses[i],
			      deletes(&uses[i]) ? "shut_down_dropped_by_*_DEL_is_no_error"
						: "shut_down_seen_by_*_MOD_is_no_error");
	}
	for (i = 0; i < COUNT_OF(ways); i++) {
		const struct way *way = &ways[i];

		add_call_test(way->call, interest_is_noted, way, "interest_by_*_is_noted");
		add_call_test(way->call, pause_is_noted, way, "pause_by_*_is_noted");
		add_call_test(way->call, handed_over_socket_stays_in_the_new_set, way,
			      "socket_handed_over_by_*_stays_in_the_new_set");
		add_call_test(way->call, listener_is_noted, way, "listener_put_in_by_*_is_noted");
		add_call_test(way->call, next_socket_starts_in_no_set, way,
			      "socket_after_one_put_in_by_*_starts_in_no_set");
		add_call_test(way->call, vfork_child_writes_nothing, way,
			      "vfork_child_that_calls_*_writes_nothing");
		add_call_test(way->call, child_inherits_the_interest, way,
			      "child_inherits_the_interest_set_by_*");
	}
	for (i = 0; i < COUNT_OF(pollings); i++) {
		add_call_test(pollings[i].call, poller_is_noted, &pollings[i],
			      "poller_by_*_is_noted");
		add_call_test(pollings[i].call, vfork_child_that_polls_writes_nothing, &pollings[i],
			      "vfork_child_that_polls_by_*_writes_nothing");
	}
	return run_call_tests(argc, argv, "interposed.epoll");
}
