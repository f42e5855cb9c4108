/* SPDX-License-Identifier: MIT */
/*
 * Passed on: the server gives each connection to its statistics process too (SCM_RIGHTS), which
 * reads the round-trip time off it and keeps the descriptor. The server closes its own; the
 * connection stays.
 * finleak: held-elsewhere, reason passed.
 */
#include "traffic.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Room for one descriptor, aligned as a control message must be. */
union passed {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

static void pass_connection(int statistics, int connection)
{
	union passed passed = { .header = {
					.cmsg_len = CMSG_LEN(sizeof(int)),
					.cmsg_level = SOL_SOCKET,
					.cmsg_type = SCM_RIGHTS,
				} };
	char byte = 'c';
	struct iovec text = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &text,
		.msg_iovlen = 1,
		.msg_control = &passed,
		.msg_controllen = sizeof(passed),
	};

	memcpy(CMSG_DATA(&passed.header), &connection, sizeof(connection));
	if (sendmsg(statistics, &message, MSG_NOSIGNAL) != 1)
		perror("sendmsg");
}

/* Returns -1 when the server has ended. */
static int receive_connection(int server)
{
	union passed passed;
	char byte;
	struct iovec text = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &text,
		.msg_iovlen = 1,
		.msg_control = &passed,
		.msg_controllen = sizeof(passed),
	};
	int connection;

	if (recvmsg(server, &message, MSG_CMSG_CLOEXEC) != 1) /* LEAK: passed */
		return -1;
	memcpy(&connection, CMSG_DATA(&passed.header), sizeof(connection));
	return connection;
}

static void collect_statistics(int server)
{
	struct tcp_info tcp;
	int connection;

	while ((connection = receive_connection(server)) >= 0) {
		socklen_t size = sizeof(tcp);

		if (!getsockopt(connection, IPPROTO_TCP, TCP_INFO, &tcp, &size))
			printf("round trip: %u us\n", tcp.tcpi_rtt);
#ifdef FIXED
		close(connection);
#endif
	}
}

/* Returns the socket by which it is given connections. */
static int start_statistics(void)
{
	int ends[2];
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -1;
	child = fork();
	if (child == 0) {
		close(ends[0]);
		collect_statistics(ends[1]);
		_exit(0);
	}
	close(ends[1]);
	return ends[0];
}

static void serve_connection(int connection)
{
	char request[512];
	ssize_t length;

	while ((length = read(connection, request, sizeof(request))) > 0) /* LEAK: eof */
		send(connection, request, length, MSG_NOSIGNAL);
	close(connection); /* LEAK: closed */
}

int main(int argc, char **argv)
{
	const struct peer peer = { "hello\n", "hello\n", PEER_CLOSES };
	int statistics = start_statistics();
	int listener = traffic_begin(argc, argv, &peer, 1);

	while (traffic_wait(listener)) {
		int connection = accept(listener, NULL, NULL); /* LEAK: opened */

		if (connection < 0)
			continue;
		pass_connection(statistics, connection);
		serve_connection(connection);
	}
	return 0;
}
