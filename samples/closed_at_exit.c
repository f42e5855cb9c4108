/* SPDX-License-Identifier: MIT */
/*
 * Closed at exit: every connection goes into a table that is emptied when the program ends, and
 * only then. Tidy, but while the server runs, each peer that has gone costs a descriptor.
 * finleak: eof-unclosed, reason closed-at-exit.
 */
#include "traffic.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX 1024

static int connections[CONNECTIONS_MAX];
static int connection_count;

static void close_all(void)
{
	while (connection_count > 0)
		close(connections[--connection_count]); /* LEAK: closed */
}

static ssize_t read_request(int connection, char *request, size_t size)
{
	return read(connection, request, size); /* LEAK: eof */
}

static void serve_connection(int connection)
{
	char request[512];
	ssize_t length;

	while ((length = read_request(connection, request, sizeof(request))) > 0) /* LEAK: caller */
		send(connection, request, length, MSG_NOSIGNAL);
	printf("peer has gone\n");
#ifdef FIXED
	close(connection);
	connection_count--;
#endif
}

int main(int argc, char **argv)
{
	const struct peer peer = { "hello\n", "hello\n", PEER_CLOSES };
	int listener = traffic_begin(argc, argv, &peer, 1);

	atexit(close_all);
	while (connection_count < CONNECTIONS_MAX && traffic_wait(listener)) {
		int connection = accept(listener, NULL, NULL); /* LEAK: opened */

		if (connection < 0)
			continue;
		connections[connection_count++] = connection;
		serve_connection(connection);
	}
	return 0;
}
