/* SPDX-License-Identifier: MIT */
/* Calls that give a socket a second descriptor (calls/duplicate.c). */
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "call_tests.h"
#include "connections.h"
#include "expect.h"
#include "hidden_calls.h"

#define FREE_NUMBER 200

static int by_dup(int fd)
{
	return dup(fd);
}

static int by_dup2(int fd)
{
	return dup2(fd, FREE_NUMBER);
}

static int by___dup2(int fd)
{
	return __dup2(fd, FREE_NUMBER);
}

static int by_dup3(int fd)
{
	return dup3(fd, FREE_NUMBER, 0);
}

static int by_fcntl(int fd)
{
	return fcntl(fd, F_DUPFD, FREE_NUMBER);
}

static int by_fcntl64(int fd)
{
	return fcntl64(fd, F_DUPFD_CLOEXEC, FREE_NUMBER);
}

static int by___fcntl(int fd)
{
	return __fcntl(fd, F_DUPFD, FREE_NUMBER);
}

static int by_syscall_dup(int fd)
{
	return syscall(SYS_dup, fd);
}

#ifdef SYS_dup2
static int by_syscall_dup2(int fd)
{
	return syscall(SYS_dup2, fd, FREE_NUMBER);
}
#endif

static int by_syscall_dup3(int fd)
{
	return syscall(SYS_dup3, fd, FREE_NUMBER, 0);
}

static int by_syscall_fcntl(int fd)
{
	return syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, FREE_NUMBER);
}

/* One line for each call: what duplicates FD. */
static const struct way {
	const char *call;
	int (*duplicate)(int fd);
} ways[] = {
	{ "dup", by_dup },
	{ "dup2", by_dup2 },
	{ "__dup2", by___dup2 },
	{ "dup3", by_dup3 },
	{ "fcntl", by_fcntl },
	{ "fcntl64", by_fcntl64 },
	{ "__fcntl", by___fcntl },
	{ "syscall dup", by_syscall_dup },
#ifdef SYS_dup2
	{ "syscall dup2", by_syscall_dup2 },
#endif
	{ "syscall dup3", by_syscall_dup3 },
	{ "syscall fcntl", by_syscall_fcntl },
};

static void duplicate_is_noted(void **state)
{
	const struct way *way = *state;
	struct connection connection = connected();
	struct counts before = counts_now();
	int second = way->duplicate(connection.ours);

	assert_true(second >= 0 && second != connection.ours);
	if (is_recorded()) {
		assert_ptr_equal(row_of(second), row_of(connection.ours));
		assert_int_equal(row_of(second)->descriptors, 2);
		assert_int_equal(row_of(second)->first_fd, connection.ours);
		assert_int_equal(duplicate_stack_of(connection.ours), 0);
		assert_true(stack_begins_in(own_recording(), duplicate_stack_of(second),
					    (const void *)way->duplicate));
	}
	expect_same_counts(&before);

	close(connection.ours);
	if (is_recorded()) {
		expect_untracked(connection.ours);
		assert_non_null(row_of(second));
		assert_int_equal(row_of(second)->descriptors, 1);
		assert_true(row_of(second)->part_closed_ns != 0);
		assert_true(row_of(second)->part_closed_stack != 0);
	}
	expect_same_counts(&before);

	close(second);
	expect_untracked(second);
	if (is_recorded())
		assert_int_equal(counts_now().closed, before.closed + 1);
	close(connection.theirs);
}

static void duplicate_over_another_socket_ends_that_one(void **state)
{
	const struct way *way = *state;
	struct connection connection = connected();
	struct connection other = connected();
	struct counts before;
	uint64_t closed = 0;

	/* Those that take a number get one where a socket is; the others have none to replace. */
	if (dup2(other.ours, FREE_NUMBER) != FREE_NUMBER)
		fail();
	close(other.ours);
	before = counts_now();
	if (is_recorded())
		closed = closed_in((const void *)way->duplicate, DECIDED_NOT);
	if (way->duplicate(connection.ours) == FREE_NUMBER) {
		if (is_recorded()) {
			assert_ptr_equal(row_of(FREE_NUMBER), row_of(connection.ours));
			assert_int_equal(counts_now().closed, before.closed + 1);
			assert_int_equal(closed_in((const void *)way->duplicate, DECIDED_NOT),
					 closed + 1);
		}
	} else {
		expect_same_counts(&before);
	}
	close_range(connection.ours < other.ours ? connection.ours : other.ours, FREE_NUMBER + 1,
		    0);
}

static void failed_duplicate_changes_nothing(void **state)
{
	const struct way *way = *state;
	struct connection connection = connected();
	struct counts before;
	int none;

	assert_int_equal(dup2(connection.ours, FREE_NUMBER), FREE_NUMBER);
	close(connection.ours);
	none = connection.ours;
	before = counts_now();
	assert_int_equal(way->duplicate(none), -1);
	assert_int_equal(errno, EBADF);
	expect_no_end(FREE_NUMBER);
	expect_same_counts(&before);
	if (is_recorded())
		assert_int_equal(row_of(FREE_NUMBER)->descriptors, 1);
	close(FREE_NUMBER);
	if (is_recorded())
		assert_int_equal(counts_now().closed, before.closed + 1);
	close(connection.theirs);
}

static int onto_itself_by_dup2(int fd)
{
	return dup2(fd, fd);
}

static int onto_itself_by___dup2(int fd)
{
	return __dup2(fd, fd);
}

#ifdef SYS_dup2
static int onto_itself_by_syscall_dup2(int fd)
{
	return syscall(SYS_dup2, fd, fd);
}
#endif

static const struct way ways_onto_itself[] = {
	{ "dup2", onto_itself_by_dup2 },
	{ "__dup2", onto_itself_by___dup2 },
#ifdef SYS_dup2
	{ "syscall dup2", onto_itself_by_syscall_dup2 },
#endif
};

static void duplicate_onto_itself_changes_nothing(void **state)
{
	const struct way *way = *state;
	struct connection connection = connected();
	struct counts before = counts_now();

	assert_int_equal(way->duplicate(connection.ours), connection.ours);
	expect_no_end(connection.ours);
	expect_same_counts(&before);
	if (is_recorded()) {
		assert_int_equal(row_of(connection.ours)->descriptors, 1);
		assert_int_equal(duplicate_stack_of(connection.ours), 0);
	}
	disconnect(&connection);
}

static void dup3_onto_itself_fails_and_changes_nothing(void **state)
{
	struct connection connection = connected();
	struct counts before = counts_now();

	(void)state;
	assert_int_equal(dup3(connection.ours, connection.ours, 0), -1);
	assert_int_equal(errno, EINVAL);
	expect_no_end(connection.ours);
	expect_same_counts(&before);
	disconnect(&connection);
}

static void duplicate_over_a_second_name_of_the_socket(void **state)
{
	struct connection connection = connected();
	struct counts before = counts_now();

	(void)state;
	assert_int_equal(dup2(connection.ours, FREE_NUMBER), FREE_NUMBER);
	assert_int_equal(dup2(connection.ours, FREE_NUMBER), FREE_NUMBER);
	expect_same_counts(&before);
	if (is_recorded())
		assert_int_equal(row_of(connection.ours)->descriptors, 2);
	close(FREE_NUMBER);
	if (is_recorded())
		assert_int_equal(row_of(connection.ours)->descriptors, 1);
	disconnect(&connection);
	if (is_recorded())
		assert_int_equal(counts_now().closed, before.closed + 2);
}

static void other_commands_of_fcntl_are_as_usual(void **state)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	struct connection connection = connected();
	struct counts before = counts_now();

	(void)state;
	assert_int_equal(fcntl(connection.ours, F_SETFD, FD_CLOEXEC), 0);
	assert_int_equal(fcntl(connection.ours, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl64(connection.ours, F_SETFL, O_RDWR | O_NONBLOCK), 0);
	assert_int_equal(fcntl64(connection.ours, F_GETFL), O_RDWR | O_NONBLOCK);
	assert_int_equal(fcntl(connection.ours, F_GETLK, &lock), 0);
	assert_int_equal(lock.l_type, F_UNLCK);
	assert_int_equal(fcntl(connection.ours, F_DUPFD, -1), -1);
	assert_int_equal(errno, EINVAL);
	expect_same_counts(&before);
	disconnect(&connection);
}

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < COUNT_OF(ways); i++) {
		const struct way *way = &ways[i];

		add_call_test(way->call, duplicate_is_noted, way, "duplicate_made_by_*_is_noted");
		add_call_test(way->call, duplicate_over_another_socket_ends_that_one, way,
			      "socket_replaced_by_*_is_ended");
		add_call_test(way->call, failed_duplicate_changes_nothing, way,
			      "failed_*_changes_nothing");
	}
	for (i = 0; i < COUNT_OF(ways_onto_itself); i++)
		add_call_test(ways_onto_itself[i].call, duplicate_onto_itself_changes_nothing,
			      &ways_onto_itself[i], "*_onto_itself_changes_nothing");
	add_test("dup3_onto_itself_fails_and_changes_nothing",
		 dup3_onto_itself_fails_and_changes_nothing);
	add_test("duplicate_over_a_second_name_of_the_socket",
		 duplicate_over_a_second_name_of_the_socket);
	add_test("other_commands_of_fcntl_are_as_usual", other_commands_of_fcntl_are_as_usual);
	return run_call_tests(argc, argv, "interposed.duplicate");
}
