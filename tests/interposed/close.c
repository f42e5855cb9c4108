/* SPDX-License-Identifier: MIT */
/* Calls with which a descriptor ends: calls/close.c, and fclose() and its like. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "call_tests.h"
#include "connections.h"
#include "expect.h"
#include "hidden_calls.h"
#include "preload/recording/decision.h"

static void by_close(int fd)
{
	assert_int_equal(close(fd), 0);
}

static void by___close(int fd)
{
	assert_int_equal(__close(fd), 0);
}

static void by_close_range(int fd)
{
	assert_int_equal(close_range(fd, fd, 0), 0);
}

/* Ends all above FD too: the connection's other end must be closed, or below. */
static void by_closefrom(int fd)
{
	closefrom(fd);
}

static void by_fclose(int fd)
{
	FILE *stream = fdopen(fd, "r");

	assert_int_equal(fclose(stream), 0);
}

/* The number goes on as that of another file, which nobody tracks. */
static void by_freopen(int fd)
{
	FILE *stream = fdopen(fd, "r");

	assert_non_null(freopen("/dev/null", "r", stream));
	assert_int_equal(fileno(stream), fd);
	expect_untracked(fd);
	fclose(stream);
}

static void by_freopen64(int fd)
{
	FILE *stream = fdopen(fd, "r");

	assert_non_null(freopen64("/dev/null", "r", stream));
	assert_int_equal(fileno(stream), fd);
	expect_untracked(fd);
	fclose(stream);
}

static void by_syscall_close(int fd)
{
	assert_int_equal(syscall(SYS_close, fd), 0);
}

static void by_syscall_close_range(int fd)
{
	assert_int_equal(syscall(SYS_close_range, fd, fd, 0), 0);
}

/* Over the socket: by the calls that duplicate another descriptor onto its number. */
static void by_dup2(int fd)
{
	assert_int_equal(dup2(STDIN_FILENO, fd), fd);
}

static void by___dup2(int fd)
{
	assert_int_equal(__dup2(STDIN_FILENO, fd), fd);
}

static void by_dup3(int fd)
{
	assert_int_equal(dup3(STDIN_FILENO, fd, O_CLOEXEC), fd);
}

#ifdef SYS_dup2
static void by_syscall_dup2(int fd)
{
	assert_int_equal(syscall(SYS_dup2, STDIN_FILENO, fd), fd);
}
#endif

static void by_syscall_dup3(int fd)
{
	assert_int_equal(syscall(SYS_dup3, STDIN_FILENO, fd, 0), fd);
}

/* One line for each call: what ends descriptor FD for its socket. */
static const struct way {
	const char *call;
	void (*end)(int fd);
} ways[] = {
	{ "close", by_close },
	{ "__close", by___close },
	{ "close_range", by_close_range },
	{ "closefrom", by_closefrom },
	{ "fclose", by_fclose },
	{ "freopen", by_freopen },
	{ "freopen64", by_freopen64 },
	{ "dup2", by_dup2 },
	{ "__dup2", by___dup2 },
	{ "dup3", by_dup3 },
	{ "syscall close", by_syscall_close },
	{ "syscall close_range", by_syscall_close_range },
#ifdef SYS_dup2
	{ "syscall dup2", by_syscall_dup2 },
#endif
	{ "syscall dup3", by_syscall_dup3 },
};

static uint64_t now_ns(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t closed_by(const struct way *way, enum recorded_decision decision)
{
	return is_recorded() ? closed_in((const void *)way->end, decision) : 0;
}

/* What the totals are before a socket leaves the open for them. */
struct folding {
	const struct way *way;
	enum recorded_decision decision;
	uint64_t closed;
	struct counts counts;
};

static struct folding folding_before(const struct way *way, enum recorded_decision decision)
{
	return (struct folding){ .way = way,
				 .decision = decision,
				 .closed = closed_by(way, decision),
				 .counts = counts_now() };
}

/* Socket FD has been ended, the decision having been taken. */
static void expect_folding(const struct folding *before, int fd)
{
	if (is_recorded()) {
		assert_int_equal(closed_by(before->way, before->decision), before->closed + 1);
		assert_int_equal(counts_now().closed, before->counts.closed + 1);
		assert_int_equal(counts_now().open_now, before->counts.open_now - 1);
		assert_int_equal(counts_now().unseen_ends, before->counts.unseen_ends);
	}
	expect_untracked(fd);
	/* Where the number went to another file. */
	close(fd);
}

/* Socket FD is ended by WAY, DECISION having been taken. */
static void expect_folded(const struct way *way, int fd, enum recorded_decision decision)
{
	const struct folding before = folding_before(way, decision);

	way->end(fd);
	expect_folding(&before, fd);
}

static void close_after_eof_is_folded(void **state)
{
	struct connection connection = half_closed();
	char got;

	assert_int_equal(read(connection.ours, &got, 1), 0);
	expect_folded(*state, connection.ours, DECIDED_EOF);
}

static void close_of_a_living_socket_is_folded(void **state)
{
	struct connection connection = half_closed();

	expect_folded(*state, connection.ours, DECIDED_NOT);
}

static void close_after_an_error_is_folded(void **state)
{
	struct connection connection = reset_by_peer();
	char got;

	assert_int_equal(read(connection.ours, &got, 1), -1);
	expect_folded(*state, connection.ours, DECIDED_ERROR);
}

static void close_after_shutdown_is_folded(void **state)
{
	struct connection connection = half_closed();

	assert_int_equal(shutdown(connection.ours, SHUT_RDWR), 0);
	expect_folded(*state, connection.ours, DECIDED_SHUTDOWN);
}

/* Most libraries close so: the shutdown is part of the close. */
/* Ends a connection by WAY right after a shutdown(). False: the machine paused between the two. */
static bool ends_right_after_shutdown(const struct way *way)
{
	struct connection connection = half_closed();
	struct folding before;
	uint64_t shut_ns;
	char got;

	assert_int_equal(read(connection.ours, &got, 1), 0);
	before = folding_before(way, DECIDED_EOF);
	shut_ns = now_ns();
	assert_int_equal(shutdown(connection.ours, SHUT_RDWR), 0);
	way->end(connection.ours);
	if (now_ns() >= shut_ns + RECORDED_STUCK_NS) {
		close(connection.ours);
		return false;
	}
	expect_folding(&before, connection.ours);
	return true;
}

static void close_with_a_shutdown_after_eof_is_folded(void **state)
{
	while (!ends_right_after_shutdown(*state))
		;
}

/* "I have sent everything" finishes nothing while the answer is awaited. */
static void close_after_half_a_shutdown_is_folded(void **state)
{
	struct connection connection = half_closed();

	assert_int_equal(shutdown(connection.ours, SHUT_WR), 0);
	expect_folded(*state, connection.ours, DECIDED_NOT);
}

static uint64_t cookie_of(int fd)
{
	return is_recorded() ? row_of(fd)->cookie : 0;
}

static void let_pass(uint64_t ns)
{
	const struct timespec time = { .tv_nsec = (long)ns };

	assert_int_equal(nanosleep(&time, NULL), 0);
}

/* FD is closed by WAY, long after it was finished: that is kept as a departure. */
static void expect_stuck_departure(const struct way *way, int fd, enum recorded_decision decision)
{
	uint64_t cookie = cookie_of(fd);
	const struct recorded_departure *departure;

	expect_folded(way, fd, decision);
	if (!is_recorded())
		return;
	departure = departure_of(cookie);
	assert_non_null(departure);
	assert_true(departure->flags & DEPARTED_STUCK);
	assert_int_equal(departure->decision, decision);
	assert_true(departure->decided_ns != 0);
	assert_true(departure->closed_ns >= departure->decided_ns + RECORDED_STUCK_NS);
	assert_true(departure->opened_ns <= departure->decided_ns);
	assert_true(
		stack_begins_in(own_recording(), departure->closed_stack, (const void *)way->end));
	assert_int_equal(departure->fd, fd);
}

static void close_long_after_eof_is_a_departure(void **state)
{
	struct connection connection = half_closed();
	char got;

	assert_int_equal(read(connection.ours, &got, 1), 0);
	let_pass(2 * RECORDED_STUCK_NS);
	expect_stuck_departure(*state, connection.ours, DECIDED_EOF);
}

static void close_long_after_eof_with_a_shutdown_is_a_departure(void **state)
{
	struct connection connection = half_closed();
	char got;

	assert_int_equal(read(connection.ours, &got, 1), 0);
	/* Then a second may pass between the two. */
	let_pass(FINISHED_LONG_NS);
	assert_int_equal(shutdown(connection.ours, SHUT_RDWR), 0);
	expect_stuck_departure(*state, connection.ours, DECIDED_EOF);
}

static void close_right_after_eof_is_no_departure(void **state)
{
	const struct way *way = *state;
	struct connection connection = half_closed();
	uint64_t cookie = cookie_of(connection.ours);
	char got;

	assert_int_equal(read(connection.ours, &got, 1), 0);
	expect_folded(way, connection.ours, DECIDED_EOF);
	/* Where the machine is not slower than that. */
	if (is_recorded() && departure_of(cookie))
		assert_true(departure_of(cookie)->closed_ns >=
			    departure_of(cookie)->decided_ns + RECORDED_STUCK_NS);
}

/* No call read the FIN: the kernel knows of it, and since when. */
static void close_long_after_an_unread_fin_is_a_departure(void **state)
{
	struct connection connection = half_closed();

	let_pass(2 * RECORDED_STUCK_NS);
	expect_stuck_departure(*state, connection.ours, DECIDED_FIN_UNREAD);
}

static void close_of_an_unread_fin_with_a_shutdown_is_a_departure(void **state)
{
	struct connection connection = half_closed();

	/* Then a second may pass between the two. */
	let_pass(FINISHED_LONG_NS);
	assert_int_equal(shutdown(connection.ours, SHUT_RDWR), 0);
	expect_stuck_departure(*state, connection.ours, DECIDED_FIN_UNREAD);
}

static void close_long_after_an_unread_reset_is_a_departure(void **state)
{
	struct connection connection = reset_by_peer();

	let_pass(2 * RECORDED_STUCK_NS);
	expect_stuck_departure(*state, connection.ours, DECIDED_RESET_UNREAD);
}

static void close_of_a_spinning_socket_is_a_departure(void **state)
{
	const struct way *way = *state;
	struct connection connection = half_closed();
	uint64_t cookie = cookie_of(connection.ours);
	unsigned int i;
	char got;

	for (i = 0; i < RECORDED_SPIN_READS; i++)
		assert_int_equal(read(connection.ours, &got, 1), 0);
	expect_folded(way, connection.ours, DECIDED_EOF);
	if (!is_recorded())
		return;
	assert_non_null(departure_of(cookie));
	assert_true(departure_of(cookie)->flags & DEPARTED_SPUN);
	assert_int_equal(departure_of(cookie)->eof_reads, RECORDED_SPIN_READS);
	assert_int_equal(departure_of(cookie)->last_use, USE_READ);
}

static void close_of_a_listener_is_a_departure(void **state)
{
	const struct way *way = *state;
	struct address address;
	int listener = listen_on(AF_INET, 0, &address);
	uint64_t cookie = cookie_of(listener);

	way->end(listener);
	if (is_recorded()) {
		assert_non_null(departure_of(cookie));
		assert_true(departure_of(cookie)->flags & DEPARTED_LISTENER);
		assert_int_equal(departure_of(cookie)->decision, DECIDED_NOT);
	}
	/* Where the number went to another file. */
	close(listener);
}

static void close_of_a_file_is_silent(void **state)
{
	const struct way *way = *state;
	int fd = open("/dev/null", O_RDONLY);
	struct counts before = counts_now();

	way->end(fd);
	expect_same_counts(&before);
	close(fd);
}

static void close_of_no_descriptor_fails_as_usual(void **state)
{
	struct counts before = counts_now();

	(void)state;
	assert_int_equal(close(-1), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(close(INT_MAX), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(close_range(2, 1, 0), -1);
	assert_int_equal(errno, EINVAL);
	expect_same_counts(&before);
}

static void close_range_that_sets_a_flag_closes_nothing(void **state)
{
	struct connection connection = connected();
	struct counts before = counts_now();

	(void)state;
	assert_int_equal(close_range(connection.ours, connection.ours, CLOSE_RANGE_CLOEXEC), 0);
	assert_int_equal(
		syscall(SYS_close_range, connection.ours, connection.ours, CLOSE_RANGE_CLOEXEC), 0);
	expect_no_end(connection.ours);
	expect_same_counts(&before);
	disconnect(&connection);
}

static void close_range_ends_all_in_it(void **state)
{
	struct connection connection = connected();
	int first = connection.ours < connection.theirs ? connection.ours : connection.theirs;
	int last = connection.ours < connection.theirs ? connection.theirs : connection.ours;
	struct counts before = counts_now();

	(void)state;
	assert_int_equal(close_range(first, last, 0), 0);
	expect_untracked(first);
	expect_untracked(last);
	if (is_recorded())
		assert_int_equal(counts_now().closed, before.closed + 2);
}

/* Without a path a stream is opened anew by its descriptor's, which a socket has not: it ends. */
static void freopen_without_a_path(int fd)
{
	FILE *stream = fdopen(fd, "r");

	assert_null(freopen(NULL, "r", stream));
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void freopen64_without_a_path(int fd)
{
	FILE *stream = fdopen(fd, "r");

	assert_null(freopen64(NULL, "r", stream));
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static const struct way ways_that_fail[] = {
	{ "freopen", freopen_without_a_path },
	{ "freopen64", freopen64_without_a_path },
};

/* In a child, since it ends the streams of the test itself. */
static int streams_end_and_descriptors_stay(int fd)
{
	struct counts before = counts_now();

	if (!fdopen(fd, "r") || fcloseall() != 0)
		return 1;
	if (fcntl(fd, F_GETFD) < 0)
		return 2;
	if (is_recorded() && (!row_of(fd) || counts_now().closed != before.closed))
		return 3;
	return 0;
}

static void fcloseall_leaves_the_descriptor_open(void **state)
{
	struct connection connection = connected();
	int status;
	pid_t child;

	(void)state;
	fflush(NULL);
	child = fork();
	if (child == 0)
		_exit(streams_end_and_descriptors_stay(connection.ours));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	disconnect(&connection);
}

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < COUNT_OF(ways); i++) {
		const struct way *way = &ways[i];

		add_call_test(way->call, close_after_eof_is_folded, way,
			      "socket_ended_by_*_after_eof_is_folded");
		add_call_test(way->call, close_of_a_living_socket_is_folded, way,
			      "socket_ended_by_*_before_eof_is_folded");
		add_call_test(way->call, close_after_an_error_is_folded, way,
			      "socket_ended_by_*_after_an_error_is_folded");
		add_call_test(way->call, close_after_shutdown_is_folded, way,
			      "socket_ended_by_*_after_shutdown_is_folded");
		add_call_test(way->call, close_after_half_a_shutdown_is_folded, way,
			      "socket_ended_by_*_after_half_a_shutdown_is_folded");
		add_call_test(way->call, close_long_after_eof_is_a_departure, way,
			      "socket_ended_by_*_long_after_eof_is_a_departure");
		add_call_test(way->call, close_with_a_shutdown_after_eof_is_folded, way,
			      "socket_ended_by_*_with_a_shutdown_after_eof_is_folded");
		add_call_test(way->call, close_long_after_eof_with_a_shutdown_is_a_departure, way,
			      "socket_ended_by_*_long_after_eof_with_a_shutdown_is_a_departure");
		add_call_test(way->call, close_right_after_eof_is_no_departure, way,
			      "socket_ended_by_*_right_after_eof_is_no_departure");
		add_call_test(way->call, close_long_after_an_unread_fin_is_a_departure, way,
			      "socket_ended_by_*_long_after_an_unread_fin_is_a_departure");
		add_call_test(way->call, close_of_an_unread_fin_with_a_shutdown_is_a_departure, way,
			      "socket_ended_by_*_with_a_shutdown_of_an_unread_fin_is_a_departure");
		add_call_test(way->call, close_long_after_an_unread_reset_is_a_departure, way,
			      "socket_ended_by_*_long_after_an_unread_reset_is_a_departure");
		add_call_test(way->call, close_of_a_spinning_socket_is_a_departure, way,
			      "spinning_socket_ended_by_*_is_a_departure");
		add_call_test(way->call, close_of_a_listener_is_a_departure, way,
			      "listener_ended_by_*_is_a_departure");
		add_call_test(way->call, close_of_a_file_is_silent, way,
			      "file_ended_by_*_is_silent");
	}
	for (i = 0; i < COUNT_OF(ways_that_fail); i++)
		add_call_test(ways_that_fail[i].call, close_of_a_living_socket_is_folded,
			      &ways_that_fail[i], "socket_ended_by_*_without_a_path_is_folded");
	add_call_test("fcloseall", fcloseall_leaves_the_descriptor_open, NULL,
		      "*_leaves_the_descriptor_open");
	add_test("close_of_no_descriptor_fails_as_usual", close_of_no_descriptor_fails_as_usual);
	add_test("close_range_that_sets_a_flag_closes_nothing",
		 close_range_that_sets_a_flag_closes_nothing);
	add_test("close_range_ends_all_in_it", close_range_ends_all_in_it);
	return run_call_tests(argc, argv, "interposed.close");
}
