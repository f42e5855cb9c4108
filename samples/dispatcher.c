/* SPDX-License-Identifier: MIT */
/*
 * A dispatcher written by hand: the loop reads for all and calls the handler in the connection's
 * struct, with no bytes at the end of the stream. One of two handlers ignores that.
 * finleak: eof-unclosed; the other handler shows that the loop is none.
 */
#include "traffic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct client {
	int connection;
	void (*on_data)(struct client *client, const char *data, size_t length);
};

static unsigned int lines_logged;

static void echo_data(struct client *client, const char *data, size_t length)
{
	if (length > 0 && send(client->connection, data, length, MSG_NOSIGNAL) < 0)
		perror("send");
	if (length == 0 && close(client->connection)) /* LEAK: sibling */
		perror("close");
}

static void log_data(struct client *client, const char *data, size_t length)
{
	(void)data;
	if (length > 0) {
		lines_logged++;
		if (send(client->connection, "logged\n", 7, MSG_NOSIGNAL) < 0) /* LEAK: touched */
			perror("send");
		return;
	}
#ifdef FIXED
	close(client->connection);
#endif
}

static void choose_handler(struct client *client, const char *data, size_t length)
{
	client->on_data = length > 3 && !memcmp(data, "log", 3) ? log_data : echo_data;
	client->on_data(client, data, length);
}

static void accept_client(int epoll, int listener)
{
	struct client *client = calloc(1, sizeof(*client));
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };

	if (!client)
		exit(1);
	client->on_data = choose_handler;
	client->connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC); /* LEAK: opened */
	epoll_ctl(epoll, EPOLL_CTL_ADD, client->connection, &event);
}

static void serve_event(int epoll, int listener)
{
	struct epoll_event event;
	struct client *client;
	char data[512];
	ssize_t length;

	if (epoll_wait(epoll, &event, 1, 0) != 1)
		return;
	client = event.data.ptr;
	if (!client) {
		accept_client(epoll, listener);
		return;
	}
	length = recv(client->connection, data, sizeof(data), 0); /* LEAK: eof */
	if (length == 0)
		epoll_ctl(epoll, EPOLL_CTL_DEL, client->connection, NULL);
	if (length >= 0)
		client->on_data(client, data, (size_t)length);
}

int main(int argc, char **argv)
{
	const struct peer peers[] = {
		{ "hello\n", "hello\n", PEER_CLOSES },
		{ "log this\n", "logged\n", PEER_CLOSES },
	};
	int listener = traffic_begin(argc, argv, peers, 2);
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN };

	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
	while (traffic_wait(epoll))
		serve_event(epoll, listener);
	printf("%u lines logged\n", lines_logged);
	return 0;
}
