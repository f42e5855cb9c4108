/* SPDX-License-Identifier: MIT */
/*
 * On an error path: a peer that leaves in the middle of a request makes serve_connection() return
 * early, past its close(). Peers that leave between requests are closed.
 * finleak: eof-unclosed, with siblings.
 */
#include "traffic.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Reads up to the end of a line. Returns its length, 0 when the peer has gone, or -errno. */
static int read_request(int connection, char *request, size_t size)
{
	size_t length = 0;

	while (length < size) {
		ssize_t got = read(connection, request + length, size - length); /* LEAK: eof */

		if (got < 0)
			return -errno;
		if (got == 0)
			return length ? -EBADMSG : 0;
		length += got;
		if (request[length - 1] == '\n')
			return length;
	}
	return -EMSGSIZE;
}

static int serve_connection(int connection)
{
	char request[512];
	int length;

	while ((length = read_request(connection, request, sizeof(request)))) { /* LEAK: caller */
		if (length < 0) {
			printf("bad request: %s\n", strerror(-length));
#ifdef FIXED
			close(connection);
#endif
			return length;
		}
		send(connection, request, length, MSG_NOSIGNAL);
	}
	close(connection); /* LEAK: sibling */
	return 0;
}

int main(int argc, char **argv)
{
	const struct peer peers[] = {
		{ "hello\n", "hello\n", PEER_CLOSES },
		{ "hel", NULL, PEER_CLOSES },
	};
	int listener = traffic_begin(argc, argv, peers, 2);

	while (traffic_wait(listener)) {
		int connection = accept(listener, NULL, NULL); /* LEAK: opened */

		if (connection >= 0)
			serve_connection(connection);
	}
	return 0;
}
