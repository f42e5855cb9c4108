/* SPDX-License-Identifier: MIT */
/* Calls that learn by failing that the peer is gone: calls/send.c, and splice and sendfile as
 * far as they send. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include "call_tests.h"
#include "connections.h"
#include "expect.h"
#include "hidden_calls.h"

static char letter = 'x';
static struct iovec byte = { .iov_base = &letter, .iov_len = 1 };
static int one_byte_file; /* what sendfile sends */

static ssize_t by_write(int fd)
{
	return write(fd, "x", 1);
}

static ssize_t by___write(int fd)
{
	return __write(fd, "x", 1);
}

static ssize_t by_writev(int fd)
{
	return writev(fd, &byte, 1);
}

static ssize_t by_pwritev2(int fd)
{
	return pwritev2(fd, &byte, 1, -1, 0);
}

static ssize_t by_pwritev64v2(int fd)
{
	return pwritev64v2(fd, &byte, 1, -1, 0);
}

static ssize_t by_send(int fd)
{
	return send(fd, "x", 1, 0);
}

static ssize_t by___send(int fd)
{
	return __send(fd, "x", 1, 0);
}

static ssize_t by_sendto(int fd)
{
	return sendto(fd, "x", 1, 0, NULL, 0);
}

static ssize_t by_sendmsg(int fd)
{
	struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1 };

	return sendmsg(fd, &message, 0);
}

static ssize_t by_sendmmsg(int fd)
{
	struct mmsghdr message = { .msg_hdr = { .msg_iov = &byte, .msg_iovlen = 1 } };

	return sendmmsg(fd, &message, 1, 0);
}

/* A pipe with a byte in it, for splice. */
static void fill_pipe(int ends[2])
{
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
}

/* Keeps errno. */
static void close_pipe(int ends[2])
{
	int error = errno;

	close(ends[0]);
	close(ends[1]);
	errno = error;
}

static ssize_t by_splice(int fd)
{
	int ends[2];
	ssize_t n;

	fill_pipe(ends);
	n = splice(ends[0], NULL, fd, NULL, 1, 0);
	close_pipe(ends);
	return n;
}

static ssize_t by_sendfile(int fd)
{
	off_t start = 0;

	return sendfile(fd, one_byte_file, &start, 1);
}

static ssize_t by_sendfile64(int fd)
{
	off64_t start = 0;

	return sendfile64(fd, one_byte_file, &start, 1);
}

static ssize_t by_syscall_write(int fd)
{
	return syscall(SYS_write, fd, "x", 1);
}

static ssize_t by_syscall_writev(int fd)
{
	return syscall(SYS_writev, fd, &byte, 1);
}

static ssize_t by_syscall_pwritev2(int fd)
{
	return syscall(SYS_pwritev2, fd, &byte, 1, -1l, -1l, 0);
}

static ssize_t by_syscall_sendto(int fd)
{
	return syscall(SYS_sendto, fd, "x", 1, 0, NULL, 0);
}

static ssize_t by_syscall_sendmsg(int fd)
{
	struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1 };

	return syscall(SYS_sendmsg, fd, &message, 0);
}

static ssize_t by_syscall_sendmmsg(int fd)
{
	struct mmsghdr message = { .msg_hdr = { .msg_iov = &byte, .msg_iovlen = 1 } };

	return syscall(SYS_sendmmsg, fd, &message, 1, 0);
}

static ssize_t by_syscall_splice(int fd)
{
	int ends[2];
	ssize_t n;

	fill_pipe(ends);
	n = syscall(SYS_splice, ends[0], NULL, fd, NULL, 1, 0);
	close_pipe(ends);
	return n;
}

static ssize_t by_syscall_sendfile(int fd)
{
	off_t start = 0;

	return syscall(SYS_sendfile, fd, one_byte_file, &start, 1);
}

/* One line for each call: what sends a byte to FD. */
static const struct way {
	const char *call;
	ssize_t (*send)(int fd);
} ways[] = {
	{ "write", by_write },
	{ "__write", by___write },
	{ "writev", by_writev },
	{ "pwritev2", by_pwritev2 },
	{ "pwritev64v2", by_pwritev64v2 },
	{ "send", by_send },
	{ "__send", by___send },
	{ "sendto", by_sendto },
	{ "sendmsg", by_sendmsg },
	{ "sendmmsg", by_sendmmsg },
	{ "splice", by_splice },
	{ "sendfile", by_sendfile },
	{ "sendfile64", by_sendfile64 },
	{ "syscall write", by_syscall_write },
	{ "syscall writev", by_syscall_writev },
	{ "syscall pwritev2", by_syscall_pwritev2 },
	{ "syscall sendto", by_syscall_sendto },
	{ "syscall sendmsg", by_syscall_sendmsg },
	{ "syscall sendmmsg", by_syscall_sendmmsg },
	{ "syscall splice", by_syscall_splice },
	{ "syscall sendfile", by_syscall_sendfile },
};

static void broken_connection_is_noted(void **state)
{
	const struct way *way = *state;
	struct connection connection = broken();

	assert_int_equal(way->send(connection.ours), -1);
	assert_int_equal(errno, EPIPE);
	expect_error(connection.ours, ERROR_CALL_WRITE, EPIPE, (const void *)way->send);
	disconnect(&connection);
}

static void reset_is_noted(void **state)
{
	const struct way *way = *state;
	struct connection connection = reset_by_peer();

	assert_int_equal(way->send(connection.ours), -1);
	assert_int_equal(errno, ECONNRESET);
	expect_error(connection.ours, ERROR_CALL_WRITE, ECONNRESET, (const void *)way->send);
	disconnect(&connection);
}

static void success_is_silent(void **state)
{
	const struct way *way = *state;
	struct connection connection = connected();
	struct counts before = counts_now();
	char got;

	assert_int_equal(way->send(connection.ours), 1);
	wait_readable(connection.theirs);
	assert_int_equal(read(connection.theirs, &got, 1), 1);
	assert_int_equal(got, 'x');
	expect_no_end(connection.ours);
	expect_same_counts(&before);
	disconnect(&connection);
}

/* EPIPE after one's own shutdown(SHUT_WR) says nothing of the peer. */
static void own_shutdown_is_no_error(void **state)
{
	const struct way *way = *state;
	struct connection connection = connected();

	assert_int_equal(shutdown(connection.ours, SHUT_WR), 0);
	assert_int_equal(way->send(connection.ours), -1);
	assert_int_equal(errno, EPIPE);
	if (is_recorded()) {
		const struct recorded_socket *row = row_of(connection.ours);

		assert_non_null(row);
		assert_int_equal(row->life & (LIFE_EOF | LIFE_ERROR), 0);
		assert_int_equal(row->error_ns, 0);
	}
	disconnect(&connection);
}

static ssize_t read_to_the_end(int fd)
{
	char got;

	return read(fd, &got, 1);
}

static void failure_after_eof_is_the_last_use(void **state)
{
	const struct way *way = *state;
	struct connection connection = broken();

	assert_int_equal(read_to_the_end(connection.ours), 0);
	assert_int_equal(way->send(connection.ours), -1);
	assert_int_equal(errno, EPIPE);
	if (is_recorded())
		assert_true(row_of(connection.ours)->eof_ns != 0);
	expect_last_use(connection.ours, USE_WRITE_FAILED, (const void *)way->send);
	disconnect(&connection);
}

static void full_buffer_is_silent(void **state)
{
	static char many[65536];
	struct connection connection = connected();
	struct counts before = counts_now();

	(void)state;
	set_nonblocking(connection.ours);
	while (send(connection.ours, many, sizeof(many), 0) > 0)
		;
	assert_int_equal(errno, EAGAIN);
	expect_no_end(connection.ours);
	expect_same_counts(&before);
	disconnect(&connection);
}

static void broken_pipe_is_silent(void **state)
{
	struct counts before = counts_now();
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	assert_int_equal(write(ends[1], "x", 1), -1);
	assert_int_equal(errno, EPIPE);
	expect_untracked(ends[1]);
	expect_same_counts(&before);
	close(ends[1]);
}

int main(int argc, char **argv)
{
	size_t i;

	one_byte_file = memfd_create("one byte", MFD_CLOEXEC);
	if (one_byte_file < 0 || ftruncate(one_byte_file, 1) < 0 ||
	    pwrite(one_byte_file, "x", 1, 0) != 1)
		return 1;
	for (i = 0; i < COUNT_OF(ways); i++) {
		const struct way *way = &ways[i];

		add_call_test(way->call, broken_connection_is_noted, way,
			      "broken_connection_met_by_*_is_noted");
		add_call_test(way->call, reset_is_noted, way, "reset_met_by_*_is_noted");
		add_call_test(way->call, success_is_silent, way, "data_sent_by_*_is_silent");
		add_call_test(way->call, own_shutdown_is_no_error, way,
			      "*_after_own_shutdown_is_silent");
		add_call_test(way->call, failure_after_eof_is_the_last_use, way,
			      "failure_of_*_after_eof_is_the_last_use");
	}
	add_test("full_buffer_is_silent", full_buffer_is_silent);
	add_test("broken_pipe_is_silent", broken_pipe_is_silent);
	return run_call_tests(argc, argv, "interposed.send");
}
