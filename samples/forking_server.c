/* SPDX-License-Identifier: MIT */
/*
 * Parent of a forking server: each child serves its connection, closes it and exits; the parent
 * keeps its own descriptor of it.
 * finleak: held-elsewhere (parent).
 */
#include "traffic.h"

#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t read_request(int connection, char *request, size_t size)
{
	ssize_t length = read(connection, request, size); /* LEAK: eof */

	if (length < 0)
		perror("read");
	return length;
}

static void serve_connection(int connection)
{
	char request[512];
	ssize_t length;

	while ((length = read_request(connection, request, sizeof(request))) > 0)
		send(connection, request, length, MSG_NOSIGNAL);
	close(connection); /* LEAK: closed */
}

static void start_child(int listener, int connection)
{
	pid_t child = fork(); /* LEAK: forked */

	if (child == 0) {
		close(listener);
		serve_connection(connection);
		_exit(0);
	}
	if (child < 0)
		perror("fork");
#ifdef FIXED
	close(connection);
#endif
}

int main(int argc, char **argv)
{
	const struct peer peer = { "hello\n", "hello\n", PEER_CLOSES };
	int listener = traffic_begin(argc, argv, &peer, 1);

	signal(SIGCHLD, SIG_IGN);
	while (traffic_wait(listener)) {
		int connection = accept(listener, NULL, NULL); /* LEAK: opened */

		if (connection >= 0)
			start_child(listener, connection);
	}
	return 0;
}
