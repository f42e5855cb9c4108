/* SPDX-License-Identifier: MIT */
/*
 * A reply after the end: the peer has gone for good, so its side answers the farewell with a reset.
 * The socket leaves CLOSE_WAIT for CLOSED, where ss and netstat don't show it; the descriptor
 * stays.
 * finleak: eof-unclosed, in state CLOSED.
 */
#include "traffic.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t read_request(int connection, char *request, size_t size)
{
	return recv(connection, request, size, 0); /* LEAK: eof */
}

static void say_farewell(int connection)
{
	send(connection, "bye\n", 4, MSG_NOSIGNAL);
#ifdef FIXED
	close(connection);
#endif
}

static void serve_connection(int connection)
{
	char request[512];
	ssize_t length;

	while ((length = read_request(connection, request, sizeof(request))) > 0) /* LEAK: caller */
		send(connection, request, length, MSG_NOSIGNAL);
	say_farewell(connection);
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
