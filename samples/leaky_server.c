/* SPDX-License-Identifier: MIT */
/*
 * A small HTTP server that leaks in three ways at once, while most of what it serves is closed:
 *
 *	GET /          closed when the client has gone, as it should be
 *	POST /upload   at the end of the stream taken out of the epoll set, never closed
 *	GET /missing   answered with 404 and shutdown(), never closed
 *	GET /events    closed, but the duplicate that events go through is not
 *
 * It serves until it is killed, and has no handler for SIGTERM.
 *
 *	leaky_server [--serve [PORT]]         for curl; visit_leaky_server.sh PORT does it
 *	leaky_server --self-test N            N clients of its own, then exit 0
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
	size_t length; /* of what has come of the request */
	char request[2048];
	int subscription; /* a duplicate of connection to send events through; -1 none */
	void (*on_hangup)(struct client *client);
};

static int epoll;

static void watch(int fd, struct client *client)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		perror("epoll_ctl");
}

static void close_client(struct client *client)
{
	epoll_ctl(epoll, EPOLL_CTL_DEL, client->connection, NULL);
	close(client->connection); /* LEAK: sibling */
#ifdef FIXED
	if (client->subscription >= 0)
		close(client->subscription);
#endif
	free(client);
}

static void finish_upload(struct client *client)
{
	epoll_ctl(epoll, EPOLL_CTL_DEL, client->connection, NULL); /* LEAK: last-use */
#ifdef FIXED
	close(client->connection);
#endif
	free(client);
}

static void reply(struct client *client, const char *status, const char *body)
{
	char text[512];
	int length = snprintf(text, sizeof(text),
			      "HTTP/1.1 %s\r\nContent-Type: text/plain\r\n"
			      "Content-Length: %zu\r\n\r\n%s",
			      status, strlen(body), body);

	send(client->connection, text, length, MSG_NOSIGNAL);
}

static void refuse(struct client *client)
{
	reply(client, "404 Not Found", "no such page\n");
	epoll_ctl(epoll, EPOLL_CTL_DEL, client->connection, NULL);
	shutdown(client->connection, SHUT_RDWR); /* LEAK: shutdown */
#ifdef FIXED
	close(client->connection);
#endif
	free(client);
}

static void subscribe(struct client *client)
{
	if (client->subscription < 0)
		client->subscription = dup(client->connection); /* LEAK: duplicated */
	reply(client, "200 OK", "subscribed\n");
}

static void serve_request(struct client *client)
{
	printf("%.*s\n", (int)strcspn(client->request, "\r\n"), client->request);
	client->length = 0;
	client->on_hangup = close_client;
	if (!strncmp(client->request, "POST /upload ", 13)) {
		client->on_hangup = finish_upload;
		reply(client, "200 OK", "stored\n");
	} else if (!strncmp(client->request, "GET /events ", 12)) {
		subscribe(client);
	} else if (!strncmp(client->request, "GET / ", 6)) {
		reply(client, "200 OK", "hello\n");
	} else {
		refuse(client);
	}
}

static void read_request(struct client *client)
{
	size_t room = sizeof(client->request) - 1 - client->length;
	char *end = client->request + client->length;
	ssize_t length = room ? recv(client->connection, end, room, 0) : 0; /* LEAK: eof */

	if (length <= 0) {
		client->on_hangup(client);
		return;
	}
	end[length] = '\0';
	client->length += length;
	if (strstr(client->request, "\r\n\r\n"))
		serve_request(client);
}

static void accept_client(int listener)
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
	client->subscription = -1;
	client->on_hangup = close_client;
	watch(connection, client);
}

int main(int argc, char **argv)
{
	static const struct peer peers[] = {
		{ "GET / HTTP/1.1\r\n\r\n", "hello\n", PEER_CLOSES },
		{ "POST /upload HTTP/1.1\r\n\r\n", "stored\n", PEER_CLOSES },
		{ "GET /missing HTTP/1.1\r\n\r\n", "no such page\n", PEER_READS_TO_END },
		{ "GET /events HTTP/1.1\r\n\r\n", "subscribed\n", PEER_CLOSES },
	};
	char serve[] = "--serve", *alone[] = { argv[0], serve, NULL };
	int listener = traffic_begin(argc > 1 ? argc : 2, argc > 1 ? argv : alone, peers, 4);

	epoll = epoll_create1(EPOLL_CLOEXEC);
	watch(listener, NULL);
	while (traffic_wait(epoll)) {
		struct epoll_event event;

		if (epoll_wait(epoll, &event, 1, 0) != 1)
			continue;
		if (event.data.ptr)
			read_request(event.data.ptr);
		else
			accept_client(listener);
	}
	return 0;
}
