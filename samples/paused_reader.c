/* SPDX-License-Identifier: MIT */
/*
 * Paused reader: one request at a time, so the server asks for no more while it works on one, and
 * forgets to ask again. epoll reports the peer's end only to somebody who waits for EPOLLIN or
 * EPOLLRDHUP.
 * finleak: fin-unread, reason reading-paused.
 */
#include "traffic.h"

#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static void set_interest(int epoll, int operation, int connection, unsigned int events)
{
	struct epoll_event event = { .events = events, .data.fd = connection };

	if (epoll_ctl(epoll, operation, connection, &event))
		perror("epoll_ctl");
}

static void pause_reading(int epoll, int connection)
{
	set_interest(epoll, EPOLL_CTL_MOD, connection, 0); /* LEAK: paused */
}

static void read_request(int epoll, int connection)
{
	char request[512];
	ssize_t length = recv(connection, request, sizeof(request), 0);

	if (length <= 0) {
		close(connection);
		return;
	}
	pause_reading(epoll, connection);
	send(connection, request, length, MSG_NOSIGNAL); /* LEAK: used */
#ifdef FIXED
	set_interest(epoll, EPOLL_CTL_MOD, connection, EPOLLIN);
#endif
}

static void accept_client(int epoll, int listener)
{
	int connection = accept4(listener, NULL, NULL, SOCK_NONBLOCK); /* LEAK: opened */

	if (connection >= 0)
		set_interest(epoll, EPOLL_CTL_ADD, connection, EPOLLIN);
}

int main(int argc, char **argv)
{
	const struct peer peer = { "hello\n", "hello\n", PEER_CLOSES };
	int listener = traffic_begin(argc, argv, &peer, 1);
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	set_interest(epoll, EPOLL_CTL_ADD, listener, EPOLLIN);
	while (traffic_wait(epoll)) {
		struct epoll_event event;

		if (epoll_wait(epoll, &event, 1, 0) != 1)
			continue;
		if (event.data.fd == listener)
			accept_client(epoll, listener);
		else
			read_request(epoll, event.data.fd);
	}
	return 0;
}
