/* SPDX-License-Identifier: MIT */
/*
 * A pooled client: answered connections wait in a pool for the next request. The server closes
 * them when its time for idle ones is up, and nobody checks them until that request comes.
 * finleak --idle=200ms: fin-unread, reason not-polled.
 */
#include "upstream.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define POOL_SIZE 64

static int idle[POOL_SIZE];
static size_t idle_count;

static int connect_upstream(const struct sockaddr_in *address)
{
	int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); /* LEAK: opened */

	if (connection >= 0 && connect(connection, (struct sockaddr *)address, sizeof(*address))) {
		perror("connect");
		close(connection);
		return -1;
	}
	return connection;
}

static int take_connection(const struct sockaddr_in *address)
{
	return idle_count ? idle[--idle_count] : connect_upstream(address);
}

static void put_back(int connection)
{
	if (idle_count < POOL_SIZE)
		idle[idle_count++] = connection;
	else
		close(connection);
}

#ifdef FIXED
/* Whatever an idle connection has to read, an end or a stray answer: it is of no use any more. */
static void evict_ended(void)
{
	size_t kept = 0;
	char byte;

	for (size_t i = 0; i < idle_count; i++) {
		if (recv(idle[i], &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0)
			close(idle[i]);
		else
			idle[kept++] = idle[i];
	}
	idle_count = kept;
}
#endif

static void request_page(int connection)
{
	static const char request[] = "GET /\n";

	if (send(connection, request, strlen(request), MSG_NOSIGNAL) < 0)
		perror("send");
}

static void read_page(int connection)
{
	char page[512];
	ssize_t length = recv(connection, page, sizeof(page), 0); /* LEAK: last-read */

	if (length > 0)
		printf("page of %zd bytes\n", length);
}

/* All at once, so that each needs a connection of its own. */
static void fetch_pages(const struct sockaddr_in *address, int count)
{
	int connections[POOL_SIZE];

	for (int i = 0; i < count; i++) {
		connections[i] = take_connection(address);
		request_page(connections[i]);
	}
	for (int i = 0; i < count; i++) {
		read_page(connections[i]);
		put_back(connections[i]);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int count = upstream_begin(argc, argv, &address);

	if (count > POOL_SIZE)
		return 2;
	fetch_pages(&address, count);
	while (upstream_idle()) {
#ifdef FIXED
		evict_ended();
#endif
	}
	return 0;
}
