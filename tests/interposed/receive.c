/* SPDX-License-Identifier: MIT */
/* Calls that can meet an EOF: calls/receive.c. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <fcntl.h>
#include "call_tests.h"
#include "connections.h"
#include "expect.h"
#include "hidden_calls.h"

static char buffer[64];
static int spare_pipe[2]; /* where splice and sendfile put what they read */

static struct iovec part_of(size_t length)
{
	return (struct iovec){ .iov_base = buffer, .iov_len = length };
}

static ssize_t by_read(int fd, size_t length)
{
	return read(fd, buffer, length);
}

static ssize_t by___read(int fd, size_t length)
{
	return __read(fd, buffer, length);
}

static ssize_t by___read_chk(int fd, size_t length)
{
	return __read_chk(fd, buffer, length, sizeof(buffer));
}

static ssize_t by_readv(int fd, size_t length)
{
	struct iovec part = part_of(length);

	return readv(fd, &part, 1);
}

static ssize_t by_preadv2(int fd, size_t length)
{
	struct iovec part = part_of(length);

	return preadv2(fd, &part, 1, -1, 0);
}

static ssize_t by_preadv64v2(int fd, size_t length)
{
	struct iovec part = part_of(length);

	return preadv64v2(fd, &part, 1, -1, 0);
}

static ssize_t by_recv(int fd, size_t length)
{
	return recv(fd, buffer, length, 0);
}

static ssize_t by___recv(int fd, size_t length)
{
	return __recv(fd, buffer, length, 0);
}

static ssize_t by___recv_chk(int fd, size_t length)
{
	return __recv_chk(fd, buffer, length, sizeof(buffer), 0);
}

static ssize_t by_recvfrom(int fd, size_t length)
{
	return recvfrom(fd, buffer, length, 0, NULL, NULL);
}

static ssize_t by___recvfrom_chk(int fd, size_t length)
{
	return __recvfrom_chk(fd, buffer, length, sizeof(buffer), 0, NULL, NULL);
}

static ssize_t by_recvmsg(int fd, size_t length)
{
	struct iovec part = part_of(length);
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	return recvmsg(fd, &message, 0);
}

static ssize_t by_recvmmsg(int fd, size_t length)
{
	struct iovec part = part_of(length);
	struct mmsghdr message = { .msg_hdr = { .msg_iov = &part, .msg_iovlen = 1 } };
	int n = recvmmsg(fd, &message, 1, 0, NULL);

	return n == 1 ? (ssize_t)message.msg_len : n;
}

static ssize_t by_splice(int fd, size_t length)
{
	return splice(fd, NULL, spare_pipe[1], NULL, length, 0);
}

/* Linux takes a socket as sendfile's source where the target is a pipe (5.12). */
static ssize_t by_sendfile(int fd, size_t length)
{
	return sendfile(spare_pipe[1], fd, NULL, length);
}

static ssize_t by_sendfile64(int fd, size_t length)
{
	return sendfile64(spare_pipe[1], fd, NULL, length);
}

static ssize_t by_syscall_read(int fd, size_t length)
{
	return syscall(SYS_read, fd, buffer, length);
}

static ssize_t by_syscall_readv(int fd, size_t length)
{
	struct iovec part = part_of(length);

	return syscall(SYS_readv, fd, &part, 1);
}

static ssize_t by_syscall_preadv2(int fd, size_t length)
{
	struct iovec part = part_of(length);

	return syscall(SYS_preadv2, fd, &part, 1, -1l, -1l, 0);
}

static ssize_t by_syscall_recvfrom(int fd, size_t length)
{
	return syscall(SYS_recvfrom, fd, buffer, length, 0, NULL, NULL);
}

static ssize_t by_syscall_recvmsg(int fd, size_t length)
{
	struct iovec part = part_of(length);
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	return syscall(SYS_recvmsg, fd, &message, 0);
}

static ssize_t by_syscall_recvmmsg(int fd, size_t length)
{
	struct iovec part = part_of(length);
	struct mmsghdr message = { .msg_hdr = { .msg_iov = &part, .msg_iovlen = 1 } };
	long n = syscall(SYS_recvmmsg, fd, &message, 1, 0, NULL);

	return n == 1 ? (ssize_t)message.msg_len : n;
}

static ssize_t by_syscall_splice(int fd, size_t length)
{
	return syscall(SYS_splice, fd, NULL, spare_pipe[1], NULL, length, 0);
}

static ssize_t by_syscall_sendfile(int fd, size_t length)
{
	return syscall(SYS_sendfile, spare_pipe[1], fd, NULL, length);
}

/* One line for each call: what reads LENGTH bytes from FD. */
static const struct way {
	const char *call;
	ssize_t (*receive)(int fd, size_t length);
} ways[] = {
	{ "read", by_read },
	{ "__read", by___read },
	{ "__read_chk", by___read_chk },
	{ "readv", by_readv },
	{ "preadv2", by_preadv2 },
	{ "preadv64v2", by_preadv64v2 },
	{ "recv", by_recv },
	{ "__recv", by___recv },
	{ "__recv_chk", by___recv_chk },
	{ "recvfrom", by_recvfrom },
	{ "__recvfrom_chk", by___recvfrom_chk },
	{ "recvmsg", by_recvmsg },
	{ "recvmmsg", by_recvmmsg },
	{ "splice", by_splice },
	{ "sendfile", by_sendfile },
	{ "sendfile64", by_sendfile64 },
	{ "syscall read", by_syscall_read },
	{ "syscall readv", by_syscall_readv },
	{ "syscall preadv2", by_syscall_preadv2 },
	{ "syscall recvfrom", by_syscall_recvfrom },
	{ "syscall recvmsg", by_syscall_recvmsg },
	{ "syscall recvmmsg", by_syscall_recvmmsg },
	{ "syscall splice", by_syscall_splice },
	{ "syscall sendfile", by_syscall_sendfile },
};

/* Receives 16 bytes; skips the test where this kernel can't do it from a socket. */
static ssize_t receive_by(const struct way *way, int fd)
{
	ssize_t n;

	errno = 0;
	n = way->receive(fd, 16);
	if (n < 0 && errno == EINVAL && strstr(way->call, "sendfile"))
		skip();
	return n;
}

static void eof_is_noted(void **state)
{
	const struct way *way = *state;
	struct connection connection = half_closed();
	struct counts before = counts_now();

	assert_int_equal(receive_by(way, connection.ours), 0);
	expect_eof(connection.ours, (const void *)way->receive);
	if (is_recorded()) {
		assert_int_equal(counts_now().eof, before.eof + 1);
		assert_int_equal(row_of(connection.ours)->eof_reads, 1);
	}
	assert_int_equal(receive_by(way, connection.ours), 0);
	if (is_recorded()) {
		assert_int_equal(counts_now().eof, before.eof + 1);
		assert_int_equal(row_of(connection.ours)->eof_reads, 2);
		expect_last_use(connection.ours, USE_READ, (const void *)way->receive);
	}
	disconnect(&connection);
}

static void reset_is_noted(void **state)
{
	const struct way *way = *state;
	struct connection connection = reset_by_peer();

	assert_int_equal(receive_by(way, connection.ours), -1);
	assert_int_equal(errno, ECONNRESET);
	expect_error(connection.ours, ERROR_CALL_READ, ECONNRESET, (const void *)way->receive);
	disconnect(&connection);
}

static void data_is_silent(void **state)
{
	const struct way *way = *state;
	struct connection connection = connected();
	struct counts before = counts_now();

	assert_int_equal(send(connection.theirs, "x", 1, 0), 1);
	wait_readable(connection.ours);
	assert_int_equal(receive_by(way, connection.ours), 1);
	expect_no_end(connection.ours);
	expect_same_counts(&before);
	disconnect(&connection);
}

static void empty_queue_is_silent(void **state)
{
	const struct way *way = *state;
	struct connection connection = connected();
	struct counts before = counts_now();

	set_nonblocking(connection.ours);
	assert_int_equal(receive_by(way, connection.ours), -1);
	assert_int_equal(errno, EAGAIN);
	expect_no_end(connection.ours);
	expect_same_counts(&before);
	disconnect(&connection);
}

static void nothing_asked_is_silent(void **state)
{
	const struct way *way = *state;
	struct connection connection = half_closed();
	struct counts before = counts_now();

	assert_int_equal(way->receive(connection.ours, 0), 0);
	expect_no_end(connection.ours);
	expect_same_counts(&before);
	disconnect(&connection);
}

static void own_shutdown_is_silent(void **state)
{
	const struct way *way = *state;
	struct connection connection = connected();
	struct counts before = counts_now();

	assert_int_equal(shutdown(connection.ours, SHUT_RD), 0);
	assert_int_equal(receive_by(way, connection.ours), 0);
	expect_no_end(connection.ours);
	expect_same_counts(&before);
	disconnect(&connection);
}

static void eof_of_pipe_is_silent(void **state)
{
	const struct way *way = *state;
	struct counts before = counts_now();
	int ends[2];
	ssize_t n;

	assert_int_equal(pipe(ends), 0);
	close(ends[1]);
	n = way->receive(ends[0], 16);
	assert_true(n == 0 || (n == -1 && (errno == ENOTSOCK || errno == EINVAL)));
	expect_untracked(ends[0]);
	expect_same_counts(&before);
	close(ends[0]);
}

static void empty_datagram_is_silent(void **state)
{
	const struct way *way = *state;
	struct sockaddr_in own = { .sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(own);
	struct counts before = counts_now();
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	ssize_t n;

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&own, sizeof(own)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&own, &length), 0);
	assert_int_equal(sendto(fd, "", 0, 0, (struct sockaddr *)&own, sizeof(own)), 0);
	wait_readable(fd);
	set_nonblocking(fd);
	n = way->receive(fd, 16);
	/* splice has nothing to read datagrams by. */
	assert_true(n == 0 || (n == -1 && errno == EINVAL));
	expect_untracked(fd);
	expect_same_counts(&before);
	close(fd);
}

static ssize_t peek(int fd)
{
	return recv(fd, buffer, sizeof(buffer), MSG_PEEK);
}

static void eof_that_is_only_peeked_at_is_noted(void **state)
{
	struct connection connection = half_closed();

	(void)state;
	assert_int_equal(peek(connection.ours), 0);
	expect_eof(connection.ours, (const void *)peek);
	disconnect(&connection);
}

/* A message of the error queue has no bytes: here, that the kernel is done with a zero-copy send.
 */
static void message_of_the_error_queue_is_silent(void **state)
{
	struct connection connection = connected();
	char control[256];
	struct iovec part = part_of(sizeof(buffer));
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct counts before = counts_now();
	int on = 1;

	(void)state;
	if (setsockopt(connection.ours, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)) < 0)
		skip();
	assert_int_equal(send(connection.ours, "x", 1, MSG_ZEROCOPY), 1);
	wait_readable(connection.theirs);
	assert_int_equal(read(connection.theirs, buffer, 1), 1);
	wait_dead(connection.ours);
	assert_int_equal(recvmsg(connection.ours, &message, MSG_ERRQUEUE), 0);
	expect_no_end(connection.ours);
	expect_same_counts(&before);
	disconnect(&connection);
}

static void pipe_without_a_reader_is_no_error_of_the_spliced_socket(void **state)
{
	struct connection connection = connected();
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	assert_int_equal(send(connection.theirs, "x", 1, 0), 1);
	wait_readable(connection.ours);
	assert_int_equal(splice(connection.ours, NULL, ends[1], NULL, 16, 0), -1);
	assert_int_equal(errno, EPIPE);
	expect_no_end(connection.ours);
	assert_int_equal(syscall(SYS_splice, connection.ours, NULL, ends[1], NULL, 16, 0), -1);
	expect_no_end(connection.ours);
	sendfile(ends[1], connection.ours, NULL, 16);
	expect_no_end(connection.ours);
	close(ends[1]);
	disconnect(&connection);
}

int main(int argc, char **argv)
{
	size_t i;

	if (pipe(spare_pipe) < 0)
		return 1;
	for (i = 0; i < COUNT_OF(ways); i++) {
		const struct way *way = &ways[i];

		add_call_test(way->call, eof_is_noted, way, "eof_read_by_*_is_noted");
		add_call_test(way->call, reset_is_noted, way, "reset_met_by_*_is_noted");
		add_call_test(way->call, data_is_silent, way, "data_read_by_*_is_silent");
		add_call_test(way->call, empty_queue_is_silent, way,
			      "empty_queue_met_by_*_is_silent");
		add_call_test(way->call, nothing_asked_is_silent, way, "*_of_no_bytes_is_silent");
		add_call_test(way->call, own_shutdown_is_silent, way,
			      "*_after_own_shutdown_is_silent");
		add_call_test(way->call, eof_of_pipe_is_silent, way,
			      "eof_of_a_pipe_read_by_*_is_silent");
		add_call_test(way->call, empty_datagram_is_silent, way,
			      "empty_datagram_read_by_*_is_silent");
	}
	add_test("eof_that_is_only_peeked_at_is_noted", eof_that_is_only_peeked_at_is_noted);
	add_test("message_of_the_error_queue_is_silent", message_of_the_error_queue_is_silent);
	add_test("pipe_without_a_reader_is_no_error_of_the_spliced_socket",
		 pipe_without_a_reader_is_no_error_of_the_spliced_socket);
	return run_call_tests(argc, argv, "interposed.receive");
}
