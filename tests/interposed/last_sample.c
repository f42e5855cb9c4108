/* SPDX-License-Identifier: MIT */
/*
 * The sample at the end (last_sample.c): what the kernel says of a socket when its process ends.
 * A forked child inherits the socket and ends at once; the queue is held against sock_diag's count.
 */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/net_tstamp.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "call_tests.h"
#include "children.h"
#include "connections.h"
#include "expect.h"

static void wait_for_fin(int fd)
{
	struct pollfd end = { .fd = fd, .events = POLLRDHUP };

	assert_int_equal(poll(&end, 1, 10000), 1);
}

static void wait_for_state(int fd, uint8_t state)
{
	struct tcp_info known;
	socklen_t size;

	do {
		size = sizeof(known);
		assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &known, &size), 0);
	} while (known.tcpi_state != state);
}

static void close_theirs(struct connection *connection)
{
	close(connection->theirs);
	connection->theirs = -1;
	wait_for_fin(connection->ours);
}

static void send_theirs(struct connection *connection, const char *text)
{
	ssize_t length = (ssize_t)strlen(text);

	assert_int_equal(write(connection->theirs, text, length), length);
	wait_readable(connection->ours);
}

static void read_ours(struct connection *connection, ssize_t expected)
{
	char got[16];

	assert_int_equal(read(connection->ours, got, expected ? expected : 1), expected);
}

static void nothing(struct connection *connection)
{
	(void)connection;
}

static void data(struct connection *connection)
{
	send_theirs(connection, "hello");
}

static void fin_unread(struct connection *connection)
{
	close_theirs(connection);
}

static void fin_read(struct connection *connection)
{
	close_theirs(connection);
	read_ours(connection, 0);
}

static void fin_after_data(struct connection *connection)
{
	send_theirs(connection, "hello");
	close_theirs(connection);
	read_ours(connection, 2);
}

static void fin_in_the_segment_of_data(struct connection *connection)
{
	int on = 1;

	assert_int_equal(setsockopt(connection->theirs, IPPROTO_TCP, TCP_CORK, &on, sizeof(on)), 0);
	assert_int_equal(write(connection->theirs, "hello", 5), 5);
	close_theirs(connection);
}

static void fin_after_data_that_was_read(struct connection *connection)
{
	send_theirs(connection, "hello");
	read_ours(connection, 5);
	close_theirs(connection);
}

/* The kernel takes an end that lies in one buffer with data for read when the data are. */
static void fin_read_with_the_data(struct connection *connection)
{
	fin_in_the_segment_of_data(connection);
	read_ours(connection, 5);
}

/* Counted as far as the mark. */
static void urgent_data(struct connection *connection)
{
	send_theirs(connection, "ab");
	assert_int_equal(send(connection->theirs, "!", 1, MSG_OOB), 1);
	close_theirs(connection);
}

static void fin_unread_and_shut_down(struct connection *connection)
{
	close_theirs(connection);
	assert_int_equal(shutdown(connection->ours, SHUT_WR), 0);
	wait_for_state(connection->ours, TCP_CLOSE);
}

/* Something in the error queue is charged like a FIN: nothing distinguishes them. */
static void timestamp_unfetched(struct connection *connection)
{
	int wanted = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
	struct pollfd stamped = { .fd = connection->ours };
	char got;

	assert_int_equal(
		setsockopt(connection->ours, SOL_SOCKET, SO_TIMESTAMPING, &wanted, sizeof(wanted)),
		0);
	assert_int_equal(write(connection->ours, "x", 1), 1);
	assert_int_equal(poll(&stamped, 1, 10000), 1);
	assert_int_equal(read(connection->theirs, &got, 1), 1);
	close_theirs(connection);
	read_ours(connection, 0);
}

static const struct scene {
	const char *name;
	void (*prepare)(struct connection *connection);
	uint8_t state;
	uint32_t queue, unread;
	bool untold; /* sock_diag knows better, or not at all */
} scenes[] = {
	{ "idle_connection", nothing, TCP_ESTABLISHED, 0, 0, false },
	{ "data_unread", data, TCP_ESTABLISHED, 5, 5, false },
	{ "fin_unread", fin_unread, TCP_CLOSE_WAIT, 1, 0, false },
	{ "fin_read", fin_read, TCP_CLOSE_WAIT, 0, 0, false },
	{ "fin_after_data", fin_after_data, TCP_CLOSE_WAIT, 4, 3, false },
	{ "fin_in_the_segment_of_data", fin_in_the_segment_of_data, TCP_CLOSE_WAIT, 6, 5, false },
	{ "fin_after_data_that_was_read", fin_after_data_that_was_read, TCP_CLOSE_WAIT, 1, 0,
	  false },
	{ "fin_read_with_the_data", fin_read_with_the_data, TCP_CLOSE_WAIT, 0, 0, false },
	{ "urgent_data", urgent_data, TCP_CLOSE_WAIT, 3, 2, true },
	{ "fin_unread_and_shut_down", fin_unread_and_shut_down, TCP_CLOSE, 1, 0, true },
	{ "timestamp_unfetched", timestamp_unfetched, TCP_CLOSE_WAIT, RECORDED_QUEUE_UNKNOWN, 0,
	  true },
};

/* idiag_rqueue and idiag_wqueue of the socket. False: sock_diag does not list it. */
static bool ask_sock_diag(int fd, uint32_t *receive_queue, uint32_t *send_queue)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 asked;
	} request = {
		.header = { .nlmsg_len = sizeof(request),
			    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.asked = { .sdiag_family = AF_INET,
			   .sdiag_protocol = IPPROTO_TCP,
			   .idiag_states = UINT32_MAX },
	};
	int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	char buffer[32768] __attribute__((aligned(8)));
	bool found = false, done = false;
	socklen_t size = sizeof(uint64_t);
	uint64_t cookie;

	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size), 0);
	assert_int_equal(send(netlink, &request, sizeof(request), 0), sizeof(request));
	while (!done) {
		ssize_t length = recv(netlink, buffer, sizeof(buffer), 0);
		struct nlmsghdr *message = (struct nlmsghdr *)buffer;

		assert_true(length > 0);
		for (; NLMSG_OK(message, length); message = NLMSG_NEXT(message, length)) {
			const struct inet_diag_msg *listed = NLMSG_DATA(message);

			if (message->nlmsg_type == NLMSG_DONE ||
			    message->nlmsg_type == NLMSG_ERROR) {
				done = true;
				break;
			}
			if ((listed->id.idiag_cookie[0] | (uint64_t)listed->id.idiag_cookie[1]
								  << 32) != cookie)
				continue;
			*receive_queue = listed->idiag_rqueue;
			*send_queue = listed->idiag_wqueue;
			found = true;
		}
	}
	close(netlink);
	return found;
}

/* A child that ends has looked at FD. NULL in a bare run. */
static const struct recorded_socket *looked_at(int fd)
{
	const struct recorded_socket *row;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0)
		_exit(0);
	assert_int_equal(wait_for_child(child), 0);
	if (!is_recorded())
		return NULL;
	assert_non_null(recording_of(child, 0));
	row = row_in(recording_of(child, 0), fd);
	assert_non_null(row);
	assert_true(row->sampled_ns != 0);
	return row;
}

static void queue_is_noted(void **state)
{
	const struct scene *scene = *state;
	struct connection connection = connected();
	uint32_t receive_queue = 0, send_queue;
	const struct recorded_socket *row;

	scene->prepare(&connection);
	if (!scene->untold) {
		assert_true(ask_sock_diag(connection.ours, &receive_queue, &send_queue));
		assert_int_equal(receive_queue, scene->queue);
	}
	row = looked_at(connection.ours);
	if (row) {
		assert_int_equal(row->tcp_state, scene->state);
		assert_int_equal(row->receive_queue, scene->queue);
		assert_int_equal(row->unread, scene->unread);
	}
	disconnect(&connection);
}

/* Read or not: the kernel counts the end of an MPTCP connection as a byte for ever. */
static void end_over_mptcp_is_unknown(void **state)
{
	struct connection connection = connect_over(AF_INET, IPPROTO_MPTCP);
	const struct recorded_socket *row = looked_at(connection.ours);

	(void)state;
	if (row)
		assert_int_equal(row->receive_queue, 0);
	close_theirs(&connection);
	row = looked_at(connection.ours);
	if (row)
		assert_int_equal(row->receive_queue, RECORDED_QUEUE_UNKNOWN);
	read_ours(&connection, 0);
	row = looked_at(connection.ours);
	if (row)
		assert_int_equal(row->receive_queue, RECORDED_QUEUE_UNKNOWN);
	disconnect(&connection);
}

static void listeners_queue_is_noted(void **state)
{
	struct address address;
	int listener = listen_on(AF_INET, 0, &address), ours[3], theirs;
	uint32_t receive_queue, send_queue;
	const struct recorded_socket *row;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(ours); i++) {
		ours[i] = socket(AF_INET, SOCK_STREAM, 0);
		assert_int_equal(connect(ours[i], address_of(&address), address.length), 0);
	}
	theirs = accept(listener, NULL, NULL);
	assert_true(ask_sock_diag(listener, &receive_queue, &send_queue));
	row = looked_at(listener);
	if (row) {
		assert_int_equal(row->tcp_state, TCP_LISTEN);
		assert_int_equal(row->receive_queue, COUNT_OF(ours) - 1);
		assert_int_equal(row->receive_queue, receive_queue);
		assert_int_equal(row->queue_maximum, 8);
		assert_int_equal(row->queue_maximum, send_queue);
		assert_int_equal(row->unread, 0);
	}
	close(theirs);
	for (i = 0; i < COUNT_OF(ours); i++)
		close(ours[i]);
	close(listener);
}

int main(int argc, char **argv)
{
	size_t i;

	children_start();
	for (i = 0; i < COUNT_OF(scenes); i++)
		add_call_test(NULL, queue_is_noted, &scenes[i], scenes[i].name);
	add_test("end_over_mptcp_is_unknown", end_over_mptcp_is_unknown);
	add_test("listeners_queue_is_noted", listeners_queue_is_noted);
	return run_call_tests(argc, argv, "interposed.last_sample");
}
