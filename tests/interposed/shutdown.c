/* SPDX-License-Identifier: MIT */
/* shutdown(): the end of one direction, or of both, that leaves the descriptor open. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "call_tests.h"
#include "connections.h"
#include "expect.h"

static int shut_down(int fd)
{
	return shutdown(fd, SHUT_WR);
}

static int shut_down_by_number(int fd)
{
	return syscall(SYS_shutdown, fd, SHUT_RDWR);
}

static int end_reading(int fd)
{
	return shutdown(fd, SHUT_RD);
}

static int end_reading_by_number(int fd)
{
	return syscall(SYS_shutdown, fd, SHUT_RD);
}

struct shutting {
	const char *call;
	int (*shut)(int fd);
	int how;
};

static const struct shutting shuttings[] = {
	{ "shutdown", shut_down, 2 },
	{ "syscall shutdown", shut_down_by_number, 3 },
};

static void shutdown_is_noted(void **state)
{
	const struct shutting *shutting = *state;
	struct connection connection = connected();

	assert_int_equal(shutting->shut(connection.ours), 0);
	if (is_recorded()) {
		const struct recorded_socket *row = row_of(connection.ours);

		assert_non_null(row);
		assert_true(row->life & LIFE_SHUTDOWN);
		assert_true(row->shutdown_ns != 0);
		assert_int_equal(row->shutdown_how, shutting->how);
		assert_true(stack_begins_in(own_recording(), row->shutdown_stack,
					    (const void *)shutting->shut));
		assert_false(row->life & (LIFE_EOF | LIFE_ERROR));
	}
	disconnect(&connection);
}

static void shutdown_of_no_connection_is_silent(void **state)
{
	const struct shutting *shutting = *state;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(shutting->shut(fd), -1);
	assert_int_equal(errno, ENOTCONN);
	expect_no_end(fd);
	if (is_recorded())
		assert_int_equal(row_of(fd)->shutdown_how, 0);
	close(fd);
	assert_int_equal(shutting->shut(fd), -1);
	assert_int_equal(errno, EBADF);
}

static const struct shutting shuttings_of_reading[] = {
	{ "shutdown", end_reading, 1 },
	{ "syscall shutdown", end_reading_by_number, 1 },
};

struct reader {
	int fd;
	bool reads;
	ssize_t got;
};

static void *read_until_woken(void *argument)
{
	struct reader *reader = argument;
	char got;

	__atomic_store_n(&reader->reads, true, __ATOMIC_RELEASE);
	reader->got = recv(reader->fd, &got, 1, 0);
	return NULL;
}

/* Another thread, asleep in recv(), is woken by it ahead of the call's return: that is no EOF. */
static void shutdown_under_a_reader_is_no_eof(void **state)
{
	const struct shutting *shutting = *state;
	unsigned int round;

	for (round = 0; round < 50; round++) {
		struct connection connection = connected();
		struct reader reader = { .fd = connection.ours };
		struct counts before = counts_now();
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, read_until_woken, &reader), 0);
		while (!__atomic_load_n(&reader.reads, __ATOMIC_ACQUIRE))
			sched_yield();
		assert_int_equal(shutting->shut(connection.ours), 0);
		assert_int_equal(pthread_join(thread, NULL), 0);
		assert_int_equal(reader.got, 0);
		expect_no_end(connection.ours);
		expect_same_counts(&before);
		disconnect(&connection);
	}
}

static void shutdown_of_reading_after_eof_is_a_use(void **state)
{
	const struct shutting *shutting = *state;
	struct connection connection = half_closed();
	char got;

	assert_int_equal(shutting->shut(connection.ours), 0);
	if (is_recorded())
		assert_int_equal(row_of(connection.ours)->last_use, USE_NONE);
	disconnect(&connection);

	connection = half_closed();
	assert_int_equal(read(connection.ours, &got, 1), 0);
	assert_int_equal(shutting->shut(connection.ours), 0);
	expect_last_use(connection.ours, USE_SHUTDOWN_READ, (const void *)shutting->shut);
	if (is_recorded())
		assert_false(row_of(connection.ours)->life & LIFE_SHUTDOWN);
	disconnect(&connection);
}

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < COUNT_OF(shuttings); i++) {
		add_call_test(shuttings[i].call, shutdown_is_noted, &shuttings[i], "*_is_noted");
		add_call_test(shuttings[i].call, shutdown_of_no_connection_is_silent, &shuttings[i],
			      "*_of_no_connection_is_silent");
	}
	for (i = 0; i < COUNT_OF(shuttings_of_reading); i++) {
		add_call_test(shuttings_of_reading[i].call, shutdown_under_a_reader_is_no_eof,
			      &shuttings_of_reading[i], "*_under_a_reader_is_no_eof");
		add_call_test(shuttings_of_reading[i].call, shutdown_of_reading_after_eof_is_a_use,
			      &shuttings_of_reading[i], "*_of_reading_after_eof_is_a_use");
	}
	return run_call_tests(argc, argv, "interposed.shutdown");
}
