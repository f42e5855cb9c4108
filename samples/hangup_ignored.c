/* SPDX-License-Identifier: MIT */
/*
 * A hangup that is ignored: edge-triggered epoll reports the peer's end once. The server counts
 * the client as gone; it neither reads the end of the stream nor closes.
 * finleak: fin-unread, reason hangup-ignored.
 */
#include "traffic.h"

#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned int clients;

static void watch(int epoll, int fd, unsigned int events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		perror("epoll_ctl");
}

static void accept_client(int epoll, int listener)
{
	int connection = accept4(listener, NULL, NULL, SOCK_NONBLOCK); /* LEAK: opened */

	if (connection < 0)
		return;
	clients++;
	watch(epoll, connection, EPOLLIN | EPOLLRDHUP | EPOLLET);
}

static void client_left(int connection)
{
	printf("client %d gone, %u left\n", connection, --clients);
#ifdef FIXED
	close(connection);
#endif
}

static void serve_client(int connection, unsigned int events)
{
	char request[512];
	ssize_t length;

	if (events & EPOLLRDHUP) {
		client_left(connection);
		return;
	}
	/* A short read has emptied the socket: the next event is for what comes after it. */
	do {
		length = recv(connection, request, sizeof(request), 0);
		if (length > 0)
			send(connection, request, length, MSG_NOSIGNAL); /* LEAK: used */
	} while (length == sizeof(request));
}

int main(int argc, char **argv)
{
	const struct peer peer = { "hello\n", "hello\n", PEER_CLOSES };
	int listener = traffic_begin(argc, argv, &peer, 1);
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	watch(epoll, listener, EPOLLIN);
	while (traffic_wait(epoll)) {
		struct epoll_event event;

		if (epoll_wait(epoll, &event, 1, 0) != 1)
			continue;
		if (event.data.fd == listener)
			accept_client(epoll, listener);
		else
			serve_client(event.data.fd, event.events);
	}
	return 0;
}
