/* SPDX-License-Identifier: MIT */
/*
 * After EOF: an echo server that returns when the peer has gone, and leaves the socket open.
 * finleak: eof-unclosed.
 */
#include "traffic.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t read_request(int connection, char *request, size_t size)
{
	ssize_t length = read(connection, request, size); /* LEAK: eof */

	if (length > 0)
		printf("request of %zd bytes\n", length);
	return length;
}

static void serve_connection(int connection)
{
	char request[512];
	ssize_t length;

	while ((length = read_request(connection, request, sizeof(request))) > 0) /* LEAK: caller */
		send(connection, request, length, MSG_NOSIGNAL);
	printf("peer has gone\n");
#ifdef FIXED
	close(connection); /* LEAK: closed */
#endif
}

int main(int argc, char **argv)
{
	const struct peer peer = { "hello\n", "hello\n", PEER_CLOSES };
	int listener = traffic_begin(argc, argv, &peer, 1);

	while (traffic_wait(listener)) {
		int connection = accept(listener, NULL, NULL); /* LEAK: opened */

		if (connection >= 0)
			serve_connection(connection);
	}
	return 0;
}
