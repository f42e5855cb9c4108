/* SPDX-License-Identifier: MIT */
/* Sockets that come and go by SCM_RIGHTS: calls/receive.c, calls/send.c. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "call_tests.h"
#include "children.h"
#include "connections.h"
#include "expect.h"

#define PASSED_MAX 4

/* A message with room for a byte and descriptors. */
struct parcel {
	struct msghdr message;
	struct iovec part;
	char byte;
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(PASSED_MAX * sizeof(int))];
	} control;
};

static void wrap(struct parcel *parcel)
{
	memset(parcel, 0, sizeof(*parcel));
	parcel->part = (struct iovec){ .iov_base = &parcel->byte, .iov_len = 1 };
	parcel->message = (struct msghdr){ .msg_iov = &parcel->part,
					   .msg_iovlen = 1,
					   .msg_control = &parcel->control,
					   .msg_controllen = sizeof(parcel->control) };
}

static void pack(struct parcel *parcel, const int *fds, size_t count)
{
	struct cmsghdr *header;

	wrap(parcel);
	parcel->message.msg_controllen = CMSG_SPACE(count * sizeof(int));
	header = CMSG_FIRSTHDR(&parcel->message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(header), fds, count * sizeof(int));
}

static void send_descriptors(int over, const int *fds, size_t count)
{
	struct parcel parcel;

	pack(&parcel, fds, count);
	if (sendmsg(over, &parcel.message, 0) != 1)
		_exit(1);
}

/* Unpacks COUNT descriptors. */
static void unwrap(const struct msghdr *message, int *fds, size_t count)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);

	assert_non_null(header);
	assert_int_equal(header->cmsg_type, SCM_RIGHTS);
	assert_int_equal(header->cmsg_len, CMSG_LEN(count * sizeof(int)));
	memcpy(fds, CMSG_DATA(header), count * sizeof(int));
}

static ssize_t by_recvmsg(int over, struct msghdr *message)
{
	return recvmsg(over, message, MSG_CMSG_CLOEXEC);
}

static ssize_t by_recvmmsg(int over, struct msghdr *message)
{
	struct mmsghdr one = { .msg_hdr = *message };
	int n = recvmmsg(over, &one, 1, 0, NULL);

	*message = one.msg_hdr;
	return n == 1 ? (ssize_t)one.msg_len : n;
}

static ssize_t by_syscall_recvmsg(int over, struct msghdr *message)
{
	return syscall(SYS_recvmsg, over, message, 0);
}

static ssize_t by_syscall_recvmmsg(int over, struct msghdr *message)
{
	struct mmsghdr one = { .msg_hdr = *message };
	long n = syscall(SYS_recvmmsg, over, &one, 1, 0, NULL);

	*message = one.msg_hdr;
	return n == 1 ? (ssize_t)one.msg_len : n;
}

static const struct way {
	const char *call;
	ssize_t (*receive)(int over, struct msghdr *message);
} ways[] = {
	{ "recvmsg", by_recvmsg },
	{ "recvmmsg", by_recvmmsg },
	{ "syscall recvmsg", by_syscall_recvmsg },
	{ "syscall recvmmsg", by_syscall_recvmmsg },
};

/* A child opens a connection and a pipe, and passes one end of each. */
static void pass_from_a_child(int over)
{
	struct connection connection = connected();
	int ends[2];

	if (pipe(ends) < 0)
		_exit(1);
	send_descriptors(over, (int[]){ connection.ours, ends[0] }, 2);
	_exit(0);
}

static void passed_socket_is_noted(void **state)
{
	const struct way *way = *state;
	struct parcel parcel;
	int pair[2], fds[2];
	char got;
	pid_t child;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	fflush(NULL);
	child = fork();
	if (child == 0)
		pass_from_a_child(pair[1]);
	wrap(&parcel);
	assert_int_equal(way->receive(pair[0], &parcel.message), 1);
	unwrap(&parcel.message, fds, 2);
	assert_int_equal(wait_for_child(child), 0);
	expect_opened(fds[0], SOURCE_PASSED, (const void *)way->receive);
	expect_role(fds[0], ROLE_CONNECTED);
	expect_untracked(fds[1]);
	/* With the child went the other end. */
	assert_int_equal(read(fds[0], &got, 1), 0);
	expect_eof(fds[0], (const void *)passed_socket_is_noted);
	close(fds[0]);
	close(fds[1]);
	close(pair[0]);
	close(pair[1]);
	expect_untracked(fds[0]);
}

/* A socket sent to oneself is a second descriptor of the same. */
static void socket_passed_to_oneself_is_a_duplicate(void **state)
{
	const struct way *way = *state;
	struct connection connection = connected();
	struct counts before = counts_now();
	struct parcel parcel;
	int pair[2], fd;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	send_descriptors(pair[1], &connection.ours, 1);
	wrap(&parcel);
	assert_int_equal(way->receive(pair[0], &parcel.message), 1);
	unwrap(&parcel.message, &fd, 1);
	if (is_recorded()) {
		assert_ptr_equal(row_of(fd), row_of(connection.ours));
		assert_int_equal(row_of(fd)->descriptors, 2);
		assert_true(stack_begins_in(own_recording(), duplicate_stack_of(fd),
					    (const void *)way->receive));
	}
	close(connection.ours);
	expect_same_counts(&before);
	close(fd);
	if (is_recorded())
		assert_int_equal(counts_now().closed, before.closed + 1);
	close(connection.theirs);
	close(pair[0]);
	close(pair[1]);
}

/* The first socket of a child that inherited none is a passed one. */
static void socket_passed_to_a_child_starts_its_recording(void **state)
{
	const struct way *way = *state;
	struct connection connection;
	struct parcel parcel;
	int pair[2], fd;
	pid_t child;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	fflush(NULL);
	child = fork();
	if (child == 0) {
		wrap(&parcel);
		if (way->receive(pair[0], &parcel.message) != 1)
			_exit(1);
		unwrap(&parcel.message, &fd, 1);
		if (is_recorded())
			report_row(fd);
		_exit(0);
	}
	connection = connected();
	send_descriptors(pair[1], &connection.ours, 1);
	assert_int_equal(wait_for_child(child), 0);
	if (is_recorded()) {
		assert_non_null(recording_of(child, 0));
		assert_int_equal(reported()->source, SOURCE_PASSED);
		assert_int_equal(reported()->cookie, row_of(connection.ours)->cookie);
		assert_true(stack_begins_in(recording_of(child, 0), reported()->opened_stack,
					    (const void *)way->receive));
	}
	disconnect(&connection);
	close(pair[0]);
	close(pair[1]);
}

static ssize_t by_sendmsg(int over, struct msghdr *message)
{
	return sendmsg(over, message, MSG_NOSIGNAL);
}

static ssize_t by_sendmmsg(int over, struct msghdr *message)
{
	/* The first brings no descriptors. */
	struct mmsghdr two[] = { { .msg_hdr = *message }, { .msg_hdr = *message } };
	int n;

	two[0].msg_hdr.msg_controllen = 0;
	n = sendmmsg(over, two, 2, MSG_NOSIGNAL);
	return n == 2 ? (ssize_t)two[1].msg_len : -1;
}

static ssize_t by_syscall_sendmsg(int over, struct msghdr *message)
{
	return syscall(SYS_sendmsg, over, message, MSG_NOSIGNAL);
}

static ssize_t by_syscall_sendmmsg(int over, struct msghdr *message)
{
	struct mmsghdr one = { .msg_hdr = *message };

	return syscall(SYS_sendmmsg, over, &one, 1, MSG_NOSIGNAL) == 1 ? (ssize_t)one.msg_len : -1;
}

static const struct sending {
	const char *call;
	ssize_t (*send)(int over, struct msghdr *message);
} sendings[] = {
	{ "sendmsg", by_sendmsg },
	{ "sendmmsg", by_sendmmsg },
	{ "syscall sendmsg", by_syscall_sendmsg },
	{ "syscall sendmmsg", by_syscall_sendmmsg },
};

/* Whoever received it may hold it on: its close is kept, and that of no other socket. */
static void close_of_a_sent_socket_is_kept(void **state)
{
	const struct sending *sending = *state;
	struct connection connection = connected();
	uint64_t ours = 0, theirs = 0;
	struct parcel parcel;
	int pair[2], ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(pipe(ends), 0);
	if (is_recorded()) {
		ours = row_of(connection.ours)->cookie;
		theirs = row_of(connection.theirs)->cookie;
	}
	pack(&parcel, (int[]){ ends[0], connection.ours }, 2);
	assert_int_equal(sending->send(pair[0], &parcel.message), 1);
	/* What could not be sent stays with us. */
	pack(&parcel, (int[]){ ends[0], connection.theirs }, 2);
	close(pair[1]);
	assert_int_equal(sending->send(pair[0], &parcel.message), -1);
	disconnect(&connection);
	if (is_recorded()) {
		assert_non_null(departure_of(ours));
		assert_int_equal(departure_of(ours)->source, SOURCE_SOCKET);
		assert_null(departure_of(theirs));
	}
	close(pair[0]);
	close(ends[0]);
	close(ends[1]);
}

int main(int argc, char **argv)
{
	size_t i;

	children_start();
	for (i = 0; i < COUNT_OF(ways); i++) {
		add_call_test(ways[i].call, passed_socket_is_noted, &ways[i],
			      "socket_passed_by_*_is_noted");
		add_call_test(ways[i].call, socket_passed_to_a_child_starts_its_recording, &ways[i],
			      "socket_passed_to_a_child_by_*_starts_its_recording");
		add_call_test(ways[i].call, socket_passed_to_oneself_is_a_duplicate, &ways[i],
			      "socket_passed_to_oneself_by_*_is_a_duplicate");
	}
	for (i = 0; i < COUNT_OF(sendings); i++)
		add_call_test(sendings[i].call, close_of_a_sent_socket_is_kept, &sendings[i],
			      "close_of_a_socket_sent_by_*_is_kept");
	return run_call_tests(argc, argv, "interposed.passing");
}
