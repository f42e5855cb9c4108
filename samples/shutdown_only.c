/* SPDX-License-Identifier: MIT */
/*
 * shutdown() instead of close(): the peer sees the end of the connection, ss and netstat no longer
 * show it, and the descriptor stays indefinitely.
 * finleak: shutdown-unclosed.
 */
#include "traffic.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t read_request(int connection, char *request, size_t size)
{
	ssize_t length = read(connection, request, size);

	if (length < 0)
		perror("read");
	return length;
}

static void hang_up(int connection)
{
	if (shutdown(connection, SHUT_RDWR)) /* LEAK: shutdown */
		perror("shutdown");
#ifdef FIXED
	close(connection);
#endif
}

static void serve_connection(int connection)
{
	char request[512];
	ssize_t length = read_request(connection, request, sizeof(request));

	if (length > 0)
		send(connection, request, length, MSG_NOSIGNAL);
	hang_up(connection);
}

int main(int argc, char **argv)
{
	const struct peer peer = { "hello\n", "hello\n", PEER_READS_TO_END };
	int listener = traffic_begin(argc, argv, &peer, 1);

	while (traffic_wait(listener)) {
		int connection = accept(listener, NULL, NULL); /* LEAK: opened */

		if (connection >= 0)
			serve_connection(connection);
	}
	return 0;
}
