/* SPDX-License-Identifier: MIT */
/*
 * Reset: the peer leaves with an RST, the read fails with ECONNRESET, and the branch for errors
 * only logs. Peers that leave in the ordinary way are closed.
 * finleak: error-unclosed.
 */
#include "traffic.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t read_request(int connection, char *request, size_t size)
{
	ssize_t length = recv(connection, request, size, 0); /* LEAK: error */

	if (length < 0)
		perror("recv");
	return length;
}

static void serve_connection(int connection)
{
	char request[512];
	ssize_t length;

	while ((length = read_request(connection, request, sizeof(request))) > 0) /* LEAK: caller */
		send(connection, request, length, MSG_NOSIGNAL);
	if (length < 0) {
		printf("peer was lost\n");
#ifdef FIXED
		close(connection);
#endif
		return;
	}
	close(connection); /* LEAK: sibling */
	printf("peer has gone\n");
}

int main(int argc, char **argv)
{
	const struct peer peers[] = {
		{ "hello\n", "hello\n", PEER_CLOSES },
		{ "hello\n", "hello\n", PEER_RESETS },
	};
	int listener = traffic_begin(argc, argv, peers, 2);

	while (traffic_wait(listener)) {
		int connection = accept(listener, NULL, NULL); /* LEAK: opened */

		if (connection >= 0)
			serve_connection(connection);
	}
	return 0;
}
