/* SPDX-License-Identifier: MIT */
/*
 * Data in front of the end: the server reads the first line of an upload, refuses it and goes on
 * with the next client. The body waits in the socket, and behind it the peer's FIN.
 * finleak: fin-unread, reason data-unread.
 */
#include "traffic.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Up to and with the newline, no byte more. Returns the length; 0 when the peer has gone. */
static size_t read_line(int connection, char *line, size_t size)
{
	size_t length = 0;

	while (length < size && read(connection, line + length, 1) == 1) { /* LEAK: last-read */
		if (line[length++] == '\n')
			return length;
	}
	return 0;
}

static void refuse_upload(int connection)
{
	static const char reply[] = "too large\n";

	send(connection, reply, strlen(reply), MSG_NOSIGNAL);
#ifdef FIXED
	close(connection);
#endif
}

static void serve_connection(int connection)
{
	char line[512];
	size_t length;

	while ((length = read_line(connection, line, sizeof(line))) > 0) {
		if (!strncmp(line, "PUT ", 4)) {
			refuse_upload(connection); /* LEAK: used */
			return;
		}
		send(connection, line, length, MSG_NOSIGNAL);
	}
	close(connection);
}

int main(int argc, char **argv)
{
	const struct peer peer = { "PUT /file\ntwelve bytes", "too large\n", PEER_CLOSES };
	int listener = traffic_begin(argc, argv, &peer, 1);

	while (traffic_wait(listener)) {
		int connection = accept(listener, NULL, NULL); /* LEAK: opened */

		if (connection >= 0)
			serve_connection(connection);
	}
	return 0;
}
