/* SPDX-License-Identifier: MIT */
/*
 * epoll DEL without close: at the end of a stream the server takes the connection out of its epoll
 * set, frees its state, and takes that for a close.
 * finleak: eof-unclosed, last use epoll_ctl(DEL).
 */
#include "traffic.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct client {
	int connection;
	unsigned int requests;
};

static void watch(int epoll, int fd, void *who)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = who };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		perror("epoll_ctl");
}

static void accept_client(int epoll, int listener)
{
	int connection = accept4(listener, NULL, NULL, SOCK_NONBLOCK); /* LEAK: opened */
	struct client *client;

	if (connection < 0)
		return;
	client = calloc(1, sizeof(*client));
	if (!client) {
		close(connection);
		return;
	}
	client->connection = connection;
	watch(epoll, connection, client);
}

static void forget_client(int epoll, struct client *client)
{
	epoll_ctl(epoll, EPOLL_CTL_DEL, client->connection, NULL); /* LEAK: last-use */
	printf("client gone after %u requests\n", client->requests);
#ifdef FIXED
	close(client->connection);
#endif
	free(client);
}

static void serve_client(int epoll, struct client *client)
{
	char request[512];
	ssize_t length = recv(client->connection, request, sizeof(request), 0); /* LEAK: eof */

	if (length <= 0) {
		forget_client(epoll, client);
		return;
	}
	client->requests++;
	send(client->connection, request, length, MSG_NOSIGNAL);
}

int main(int argc, char **argv)
{
	const struct peer peer = { "hello\n", "hello\n", PEER_CLOSES };
	int listener = traffic_begin(argc, argv, &peer, 1);
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	watch(epoll, listener, NULL);
	while (traffic_wait(epoll)) {
		struct epoll_event event;

		if (epoll_wait(epoll, &event, 1, 0) != 1)
			continue;
		if (event.data.ptr)
			serve_client(epoll, event.data.ptr);
		else
			accept_client(epoll, listener);
	}
	return 0;
}
