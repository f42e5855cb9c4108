/* SPDX-License-Identifier: MIT */
/* What becomes of a connect(), at once or later: calls/open.c. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "call_tests.h"
#include "connections.h"
#include "expect.h"
#include "hidden_calls.h"

static int by_connect(int fd, struct address *to)
{
	return connect(fd, address_of(to), to->length);
}

static int by___connect(int fd, struct address *to)
{
	return __connect(fd, address_of(to), to->length);
}

static int by_syscall_connect(int fd, struct address *to)
{
	return syscall(SYS_connect, fd, address_of(to), to->length);
}

static const struct way {
	const char *call;
	int (*connect)(int fd, struct address *to);
} ways[] = {
	{ "connect", by_connect },
	{ "__connect", by___connect },
	{ "syscall connect", by_syscall_connect },
};

static int pending_error(int fd)
{
	socklen_t length = sizeof(int);
	int error = -1;

	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
	return error;
}

static int pending_error_by_number(int fd)
{
	socklen_t length = sizeof(int);
	int error = -1;

	assert_int_equal(syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
	return error;
}

static const struct asking {
	const char *call;
	int (*pending_error)(int fd);
} askings[] = {
	{ "getsockopt", pending_error },
	{ "syscall getsockopt", pending_error_by_number },
};

static int tcp_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	return fd;
}

static void success_is_noted(void **state)
{
	const struct way *way = *state;
	struct address address;
	int listener = listen_on(AF_INET, 0, &address), fd = tcp_socket();

	assert_int_equal(way->connect(fd, &address), 0);
	expect_role(fd, ROLE_CONNECTED);
	expect_no_end(fd);
	if (is_recorded()) {
		const struct sockaddr_in *to = (struct sockaddr_in *)&address.storage;

		assert_int_equal(row_of(fd)->peer.port, ntohs(to->sin_port));
		assert_memory_equal(row_of(fd)->peer.ip, &to->sin_addr, 4);
	}
	close(fd);
	close(listener);
}

static void refusal_is_noted(void **state)
{
	const struct way *way = *state;
	int holder, fd = tcp_socket();
	struct address address = refusing_address(&holder);
	uint64_t closed =
		is_recorded() ? closed_in((const void *)refusal_is_noted, DECIDED_CONNECT) : 0;

	assert_int_equal(way->connect(fd, &address), -1);
	assert_int_equal(errno, ECONNREFUSED);
	expect_connect_failed(fd, ECONNREFUSED, (const void *)way->connect);
	close(fd);
	if (is_recorded())
		assert_int_equal(closed_in((const void *)refusal_is_noted, DECIDED_CONNECT),
				 closed + 1);
	close(holder);
}

/* A socket may try again after it was refused: then nothing is left of the failure. */
static void retry_takes_the_failure_back(void **state)
{
	const struct way *way = *state;
	int holder, fd = tcp_socket();
	struct address refusing = refusing_address(&holder), address;
	int listener = listen_on(AF_INET, 0, &address);

	assert_int_equal(way->connect(fd, &refusing), -1);
	assert_int_equal(errno, ECONNREFUSED);
	assert_int_equal(way->connect(fd, &address), 0);
	expect_role(fd, ROLE_CONNECTED);
	expect_no_end(fd);
	close(fd);
	close(listener);
	close(holder);
}

static void calls_that_decide_nothing_are_silent(void **state)
{
	const struct way *way = *state;
	struct connection connection = connected();
	struct address address;
	int listener = listen_on(AF_INET, 0, &address), file;
	struct counts before = counts_now();

	assert_int_equal(way->connect(connection.ours, &address), -1);
	assert_int_equal(errno, EISCONN);
	expect_role(connection.ours, ROLE_CONNECTED);
	expect_no_end(connection.ours);
	file = open("/dev/null", O_RDONLY);
	assert_int_equal(way->connect(file, &address), -1);
	assert_int_equal(errno, ENOTSOCK);
	assert_int_equal(way->connect(-1, &address), -1);
	assert_int_equal(errno, EBADF);
	expect_same_counts(&before);
	close(file);
	close(listener);
	disconnect(&connection);
}

/* Starts a connect() that does not wait; false: it was through at once. */
static bool begin(const struct way *way, int fd, struct address *to)
{
	set_nonblocking(fd);
	if (way->connect(fd, to) == 0)
		return false;
	assert_int_equal(errno, EINPROGRESS);
	expect_role(fd, ROLE_CONNECTING);
	expect_no_end(fd);
	return true;
}

static void wait_writable(int fd)
{
	struct pollfd wanted = { .fd = fd, .events = POLLOUT };

	assert_int_equal(poll(&wanted, 1, 10000), 1);
}

static void success_that_comes_later_is_silent(void **state)
{
	const struct way *way = *state;
	struct address address;
	int listener = listen_on(AF_INET, 0, &address), fd = tcp_socket();

	begin(way, fd, &address);
	wait_writable(fd);
	assert_int_equal(pending_error(fd), 0);
	expect_role(fd, ROLE_CONNECTED);
	expect_no_end(fd);
	close(fd);
	close(listener);
}

static ssize_t read_one(int fd)
{
	char got;

	return read(fd, &got, 1);
}

/* connect() to AF_UNSPEC ends the connection and leaves a socket as good as new. */
static void dissolved_connection_leaves_nothing_behind(void **state)
{
	const struct way *way = *state;
	struct address nobody = { .length = sizeof(struct sockaddr) }, address;
	struct connection connection = half_closed();
	int listener = listen_on(AF_INET, 0, &address);

	assert_int_equal(read_one(connection.ours), 0);
	assert_int_equal(shutdown(connection.ours, SHUT_RDWR), 0);
	assert_int_equal(way->connect(connection.ours, &nobody), 0);
	expect_role(connection.ours, ROLE_NONE);
	expect_no_end(connection.ours);
	assert_int_equal(way->connect(connection.ours, &address), 0);
	expect_role(connection.ours, ROLE_CONNECTED);
	expect_no_end(connection.ours);
	connection.theirs = accept(listener, NULL, NULL);
	close(connection.theirs);
	assert_int_equal(read_one(connection.ours), 0);
	expect_eof(connection.ours, (const void *)read_one);
	close(connection.ours);
	close(listener);
}

/* Accepts the connection that waits at LISTENER, and ends it by a reset. */
static void accept_and_reset(int listener)
{
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	int theirs = accept(listener, NULL, NULL);

	assert_true(theirs >= 0);
	assert_int_equal(setsockopt(theirs, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
	close(theirs);
}

/* A connection that stood and was reset later must not count as a connect() that failed. */
static void reset_after_a_late_success_is_a_reset(void **state)
{
	const struct way *way = *state;
	struct address address;
	int listener = listen_on(AF_INET, 0, &address), fd = tcp_socket();

	begin(way, fd, &address);
	wait_writable(fd);
	assert_int_equal(pending_error(fd), 0);
	accept_and_reset(listener);
	wait_dead(fd);
	assert_int_equal(read_one(fd), -1);
	assert_int_equal(errno, ECONNRESET);
	expect_error(fd, ERROR_CALL_READ, ECONNRESET, (const void *)read_one);
	expect_role(fd, ROLE_CONNECTED);
	close(fd);
	close(listener);
}

/* Nor where the program never asked how it went. */
static void reset_of_a_connection_never_asked_about_is_a_reset(void **state)
{
	const struct way *way = *state;
	struct address address;
	int listener = listen_on(AF_INET, 0, &address), fd = tcp_socket();

	begin(way, fd, &address);
	accept_and_reset(listener);
	wait_dead(fd);
	assert_int_equal(read_one(fd), -1);
	assert_int_equal(errno, ECONNRESET);
	expect_error(fd, ERROR_CALL_READ, ECONNRESET, (const void *)read_one);
	close(fd);
	close(listener);
}

static void eof_after_a_late_success_is_an_eof(void **state)
{
	const struct way *way = *state;
	struct address address;
	int listener = listen_on(AF_INET, 0, &address), fd = tcp_socket(), theirs;
	struct pollfd wanted = { .fd = fd, .events = POLLIN };

	begin(way, fd, &address);
	theirs = accept(listener, NULL, NULL);
	close(theirs);
	assert_int_equal(poll(&wanted, 1, 10000), 1);
	assert_int_equal(read_one(fd), 0);
	expect_eof(fd, (const void *)read_one);
	expect_role(fd, ROLE_CONNECTED);
	close(fd);
	close(listener);
}

static void late_refusal_met_by_read_is_noted(void **state)
{
	const struct way *way = *state;
	int holder, fd = tcp_socket();
	struct address address = refusing_address(&holder);

	if (!begin(way, fd, &address))
		skip();
	wait_dead(fd);
	assert_int_equal(read_one(fd), -1);
	assert_int_equal(errno, ECONNREFUSED);
	expect_connect_failed(fd, ECONNREFUSED, (const void *)way->connect);
	close(fd);
	close(holder);
}

static void late_refusal_is_noted(void **state)
{
	const struct asking *asking = *state;
	int holder, fd = tcp_socket();
	struct address address = refusing_address(&holder);

	if (!begin(&ways[0], fd, &address))
		skip();
	wait_dead(fd);
	assert_int_equal(asking->pending_error(fd), ECONNREFUSED);
	expect_connect_failed(fd, ECONNREFUSED, (const void *)by_connect);
	close(fd);
	close(holder);
}

static void pending_reset_is_noted(void **state)
{
	const struct asking *asking = *state;
	struct connection connection = reset_by_peer();

	assert_int_equal(asking->pending_error(connection.ours), ECONNRESET);
	expect_error(connection.ours, ERROR_CALL_GETSOCKOPT, ECONNRESET,
		     (const void *)asking->pending_error);
	disconnect(&connection);
}

static void no_pending_error_is_silent(void **state)
{
	const struct asking *asking = *state;
	struct connection connection = connected();
	socklen_t length = sizeof(int);
	int value;

	assert_int_equal(asking->pending_error(connection.ours), 0);
	expect_no_end(connection.ours);
	assert_int_equal(getsockopt(connection.ours, SOL_SOCKET, SO_TYPE, &value, &length), 0);
	assert_int_equal(value, SOCK_STREAM);
	assert_int_equal(getsockopt(-1, SOL_SOCKET, SO_ERROR, &value, &length), -1);
	assert_int_equal(errno, EBADF);
	expect_no_end(connection.ours);
	disconnect(&connection);
}

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < COUNT_OF(ways); i++) {
		const struct way *way = &ways[i];

		add_call_test(way->call, success_is_noted, way, "success_of_*_is_noted");
		add_call_test(way->call, refusal_is_noted, way, "refusal_met_by_*_is_noted");
		add_call_test(way->call, retry_takes_the_failure_back, way,
			      "retry_by_*_takes_the_failure_back");
		add_call_test(way->call, dissolved_connection_leaves_nothing_behind, way,
			      "connection_dissolved_by_*_leaves_nothing_behind");
		add_call_test(way->call, calls_that_decide_nothing_are_silent, way,
			      "*_that_decides_nothing_is_silent");
		add_call_test(way->call, success_that_comes_later_is_silent, way,
			      "success_of_*_that_comes_later_is_silent");
		add_call_test(way->call, reset_after_a_late_success_is_a_reset, way,
			      "reset_after_a_late_success_of_*_is_a_reset");
		add_call_test(way->call, reset_of_a_connection_never_asked_about_is_a_reset, way,
			      "reset_after_*_never_asked_about_is_a_reset");
		add_call_test(way->call, eof_after_a_late_success_is_an_eof, way,
			      "eof_after_a_late_success_of_*_is_an_eof");
		add_call_test(way->call, late_refusal_met_by_read_is_noted, way,
			      "late_refusal_of_*_met_by_read_is_noted");
	}
	for (i = 0; i < COUNT_OF(askings); i++) {
		const struct asking *asking = &askings[i];

		add_call_test(asking->call, late_refusal_is_noted, asking,
			      "late_refusal_told_by_*_is_noted");
		add_call_test(asking->call, pending_reset_is_noted, asking,
			      "reset_told_by_*_is_noted");
		add_call_test(asking->call, no_pending_error_is_silent, asking,
			      "no_error_told_by_*_is_silent");
	}
	return run_call_tests(argc, argv, "interposed.connect");
}
