/* SPDX-License-Identifier: MIT */
/*
 * A consumed EPOLLONESHOT: each connection reports one event, so that no two workers serve it at
 * once, and is armed again when the request is done. The path for pings forgets that.
 * finleak: fin-unread, reason reading-paused.
 */
#include "traffic.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static void arm(int epoll, int operation, int connection)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT,
		.data.fd = connection,
	};

	if (epoll_ctl(epoll, operation, connection, &event))
		perror("epoll_ctl");
}

static void serve_request(int epoll, int connection, const char *request, size_t length)
{
	if (!strncmp(request, "PING", 4)) {
		send(connection, "PONG\n", 5, MSG_NOSIGNAL); /* LEAK: used */
#ifdef FIXED
		arm(epoll, EPOLL_CTL_MOD, connection);
#endif
		return;
	}
	send(connection, request, length, MSG_NOSIGNAL);
	arm(epoll, EPOLL_CTL_MOD, connection);
}

static void read_request(int epoll, int connection)
{
	char request[512] = "";
	ssize_t length = recv(connection, request, sizeof(request) - 1, 0);

	if (length > 0)
		serve_request(epoll, connection, request, length);
	else
		close(connection);
}

static void accept_client(int epoll, int listener)
{
	int connection = accept4(listener, NULL, NULL, SOCK_NONBLOCK); /* LEAK: opened */

	if (connection >= 0)
		arm(epoll, EPOLL_CTL_ADD, connection);
}

int main(int argc, char **argv)
{
	const struct peer peers[] = {
		{ "hello\n", "hello\n", PEER_CLOSES },
		{ "PING\n", "PONG\n", PEER_CLOSES },
	};
	int listener = traffic_begin(argc, argv, peers, 2);
	struct epoll_event event = { .events = EPOLLIN, .data.fd = listener };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
	while (traffic_wait(epoll)) {
		if (epoll_wait(epoll, &event, 1, 0) != 1)
			continue;
		if (event.data.fd == listener)
			accept_client(epoll, listener);
		else
			read_request(epoll, event.data.fd);
	}
	return 0;
}
