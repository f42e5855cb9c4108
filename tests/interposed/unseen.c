/* SPDX-License-Identifier: MIT */
/*
 * What happens by system calls that no interposed call sees: here made by inline assembly, in life
 * by io_uring, static libraries and language runtimes.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "call_tests.h"
#include "children.h"
#include "connections.h"
#include "expect.h"

static ssize_t read_one(int fd)
{
	char got;

	return recv(fd, &got, 1, 0);
}

/* Connects FD, which nobody saw being opened, and has the peer close. No call about FD is recorded.
 */
static void meet_eof(int fd)
{
	struct address address;
	int listener = listen_on(AF_INET, 0, &address), theirs;

	assert_int_equal(connect(fd, address_of(&address), address.length), 0);
	theirs = accept(listener, NULL, NULL);
	assert_true(theirs >= 0);
	close(theirs);
	close(listener);
	wait_readable(fd);
}

/* A connection whose OURS has the lowest free number: the next one that is opened gets it. */
static struct connection connected_lowest(void)
{
	struct connection connection = { .ours = socket(AF_INET, SOCK_STREAM, 0) };
	struct address address;
	int listener = listen_on(AF_INET, 0, &address);

	assert_int_equal(connect(connection.ours, address_of(&address), address.length), 0);
	connection.theirs = accept(listener, NULL, NULL);
	assert_true(connection.theirs >= 0);
	close(listener);
	return connection;
}

static void unknown_socket_is_adopted_at_its_first_news(void **state)
{
	struct address address;
	int listener = listen_on(AF_INET, 0, &address);
	int ours = socket(AF_INET, SOCK_STREAM, 0), theirs;

	(void)state;
	assert_int_equal(connect(ours, address_of(&address), address.length), 0);
	theirs = unseen_accept(listener);
	assert_true(theirs >= 0);
	expect_untracked(theirs);
	close(ours);
	close(listener);
	wait_readable(theirs);
	assert_int_equal(read_one(theirs), 0);
	expect_eof(theirs, (const void *)read_one);
	expect_role(theirs, ROLE_CONNECTED);
	if (is_recorded()) {
		const struct recorded_socket *row = row_of(theirs);

		assert_int_equal(row->source, SOURCE_ADOPTED);
		assert_int_equal(row->opened_stack, 0);
		assert_int_equal(row->kind, KIND_TCP);
		assert_int_equal(row->first_fd, theirs);
		assert_int_equal(row->peer.family, AF_INET);
		assert_int_equal(row->local.family, AF_INET);
	}
	close(theirs);
	expect_untracked(theirs);
}

static void unknown_socket_is_adopted_by_connect(void **state)
{
	int fd = unseen_socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	assert_true(fd >= 0);
	expect_untracked(fd);
	meet_eof(fd);
	expect_role(fd, ROLE_CONNECTED);
	if (is_recorded())
		assert_int_equal(row_of(fd)->source, SOURCE_ADOPTED);
	assert_int_equal(read_one(fd), 0);
	expect_eof(fd, (const void *)read_one);
	close(fd);
}

static void unknown_datagram_socket_is_not_adopted(void **state)
{
	int fd = unseen_socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	struct counts before = counts_now();

	(void)state;
	assert_int_equal(read_one(fd), -1);
	assert_int_equal(shutdown(fd, SHUT_RDWR), -1);
	expect_untracked(fd);
	expect_same_counts(&before);
	close(fd);
}

/* The number passes from a tracked socket to another one, unseen. */
static void reused_number_is_not_blamed_on_the_old_socket(void **state)
{
	struct connection connection = connected_lowest();
	int number = connection.ours;
	struct counts before = counts_now();
	uint64_t old_cookie = is_recorded() ? row_of(number)->cookie : 0;

	(void)state;
	assert_int_equal(unseen_close(number), 0);
	assert_int_equal(unseen_socket(AF_INET, SOCK_STREAM, 0), number);
	meet_eof(number);
	assert_int_equal(read_one(number), 0);
	expect_eof(number, (const void *)read_one);
	if (is_recorded()) {
		const struct recorded_socket *row = row_of(number);

		assert_int_not_equal(row->cookie, old_cookie);
		assert_int_equal(row->source, SOURCE_ADOPTED);
		assert_int_equal(row->opened_stack, 0);
		assert_int_equal(counts_now().unseen_ends, before.unseen_ends + 1);
	}
	close(number);
	close(connection.theirs);
}

static void number_reused_by_a_seen_socket_is_counted(void **state)
{
	struct connection connection = connected_lowest();
	int number = connection.ours;
	struct counts before = counts_now();

	(void)state;
	assert_int_equal(unseen_close(number), 0);
	assert_int_equal(socket(AF_INET, SOCK_STREAM, 0), number);
	expect_opened(number, SOURCE_SOCKET,
		      (const void *)number_reused_by_a_seen_socket_is_counted);
	expect_no_end(number);
	if (is_recorded()) {
		assert_int_equal(counts_now().unseen_ends, before.unseen_ends + 1);
		assert_int_equal(counts_now().open_now, before.open_now);
		assert_int_equal(counts_now().closed, before.closed + 1);
	}
	close(number);
	close(connection.theirs);
}

static void number_reused_by_an_untracked_socket_is_counted(void **state)
{
	struct connection connection = connected_lowest();
	int number = connection.ours;
	struct counts before = counts_now();

	(void)state;
	assert_int_equal(unseen_close(number), 0);
	assert_int_equal(socket(AF_INET, SOCK_DGRAM, 0), number);
	expect_untracked(number);
	if (is_recorded())
		assert_int_equal(counts_now().unseen_ends, before.unseen_ends + 1);
	close(number);
	close(connection.theirs);
}

/* accept() on a listener that is not tracked gives the number to a socket that is not. */
static void number_reused_by_an_untracked_accept_is_counted(void **state)
{
	struct sockaddr name = { .sa_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_storage bound;
	socklen_t length = sizeof(bound);
	struct connection connection;
	struct counts before;

	(void)state;
	/* The kernel chooses an abstract name. */
	assert_int_equal(bind(listener, &name, sizeof(name.sa_family)), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&bound, &length), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(connect(client, (struct sockaddr *)&bound, length), 0);
	connection = connected_lowest();
	before = counts_now();
	assert_int_equal(unseen_close(connection.ours), 0);
	assert_int_equal(accept(listener, NULL, NULL), connection.ours);
	expect_untracked(connection.ours);
	if (is_recorded())
		assert_int_equal(counts_now().unseen_ends, before.unseen_ends + 1);
	disconnect(&connection);
	close(listener);
	close(client);
}

/* An unseen dup2() puts one tracked socket in the place of another. */
static void number_given_to_another_tracked_socket_is_noticed(void **state)
{
	struct connection connection = connected();
	struct connection dead = half_closed();
	struct counts before = counts_now();

	(void)state;
	assert_int_equal(unseen_dup2(dead.ours, connection.ours), connection.ours);
	assert_int_equal(read_one(connection.ours), 0);
	if (is_recorded()) {
		assert_int_equal(row_of(connection.ours)->cookie, row_of(dead.ours)->cookie);
		assert_int_equal(counts_now().unseen_ends, before.unseen_ends + 1);
	}
	expect_eof(connection.ours, (const void *)read_one);
	disconnect(&connection);
	disconnect(&dead);
}

static void end_of_no_descriptor_is_noticed(void **state)
{
	struct connection connection = connected();
	struct counts before = counts_now();

	(void)state;
	assert_int_equal(unseen_close(connection.ours), 0);
	assert_int_equal(read_one(connection.ours), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(shutdown(connection.ours, SHUT_RDWR), -1);
	assert_int_equal(errno, EBADF);
	expect_untracked(connection.ours);
	if (is_recorded())
		assert_int_equal(counts_now().unseen_ends, before.unseen_ends + 1);
	close(connection.theirs);
}

/* What goes through a ring is not seen: the recording has that there is one. */
static void ring_is_reported(void **state)
{
	struct io_uring_params parameters = { 0 };
	struct connection connection = connected();
	uint64_t ours = 0, theirs = 0;
	int ring;

	(void)state;
	if (is_recorded()) {
		ours = row_of(connection.ours)->cookie;
		theirs = row_of(connection.theirs)->cookie;
	}
	close(connection.ours);
	ring = syscall(SYS_io_uring_setup, 1, &parameters);
	if (ring < 0)
		skip(); /* none in this kernel, or not allowed */
	close(connection.theirs);
	if (is_recorded()) {
		assert_true(own_recording()->blind & BLIND_IO_URING);
		/* It may hold what was closed since. */
		assert_null(departure_of(ours));
		assert_non_null(departure_of(theirs));
	}
	close(ring);
}

/* In a child that inherited no socket, and has no recording yet. */
static int make_ring_then_socket(void)
{
	struct io_uring_params parameters = { 0 };
	const struct recording_header *its;

	if (syscall(SYS_io_uring_setup, 1, &parameters) < 0)
		return 77;
	if (is_recorded() && recording_of(getpid(), 0))
		return 1;
	if (socket(AF_INET, SOCK_STREAM, 0) < 0)
		return 2;
	if (!is_recorded())
		return 0;
	its = recording_of(getpid(), 0);
	return its && (its->blind & BLIND_IO_URING) ? 0 : 3;
}

static void ring_made_ahead_of_the_first_socket_is_reported(void **state)
{
	pid_t child;
	int status;

	(void)state;
	fflush(NULL);
	child = fork();
	if (child == 0)
		_exit(make_ring_then_socket());
	status = wait_for_child(child);
	if (status == 77)
		skip();
	assert_int_equal(status, 0);
}

int main(int argc, char **argv)
{
	add_test("unknown_socket_is_adopted_at_its_first_news",
		 unknown_socket_is_adopted_at_its_first_news);
	add_test("unknown_socket_is_adopted_by_connect", unknown_socket_is_adopted_by_connect);
	add_test("unknown_datagram_socket_is_not_adopted", unknown_datagram_socket_is_not_adopted);
	add_test("reused_number_is_not_blamed_on_the_old_socket",
		 reused_number_is_not_blamed_on_the_old_socket);
	add_test("number_reused_by_a_seen_socket_is_counted",
		 number_reused_by_a_seen_socket_is_counted);
	add_test("number_reused_by_an_untracked_socket_is_counted",
		 number_reused_by_an_untracked_socket_is_counted);
	add_test("number_reused_by_an_untracked_accept_is_counted",
		 number_reused_by_an_untracked_accept_is_counted);
	add_test("number_given_to_another_tracked_socket_is_noticed",
		 number_given_to_another_tracked_socket_is_noticed);
	add_test("end_of_no_descriptor_is_noticed", end_of_no_descriptor_is_noticed);
	add_call_test("syscall io_uring_setup", ring_made_ahead_of_the_first_socket_is_reported,
		      NULL, "ring_made_by_*_ahead_of_the_first_socket_is_told");
	add_call_test("syscall io_uring_setup", ring_is_reported, NULL, "ring_made_by_*_is_told");
	return run_call_tests(argc, argv, "interposed.unseen");
}
