/* SPDX-License-Identifier: MIT */
/*
 * A forked child that inherits: the first request starts a helper that counts what is logged, and
 * the connection of that moment stays open in it for as long as it lives. The server itself closes
 * everything.
 * finleak: held-elsewhere (forked-child).
 */
#include "traffic.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int log_to = -1;

static void count_bytes(int connection, int log_from)
{
	unsigned long total = 0;
	char text[512];
	ssize_t length;

	while ((length = read(log_from, text, sizeof(text))) > 0)
		total += length;
	printf("%lu bytes logged since connection %d\n", total, connection);
}

static void start_helper(int connection)
{
	int log_pipe[2];
	pid_t child;

	if (pipe(log_pipe))
		return;
	child = fork(); /* LEAK: forked */
	if (child == 0) {
#ifdef FIXED
		close(connection);
#endif
		close(log_pipe[1]);
		count_bytes(connection, log_pipe[0]);
		_exit(0);
	}
	close(log_pipe[0]);
	log_to = log_pipe[1];
}

static void log_request(int connection, const char *request, size_t length)
{
	if (log_to < 0)
		start_helper(connection);
	if (write(log_to, request, length) < 0)
		perror("log");
}

static void serve_connection(int connection)
{
	char request[512];
	ssize_t length;

	while ((length = read(connection, request, sizeof(request))) > 0) { /* LEAK: eof */
		log_request(connection, request, length);
		send(connection, request, length, MSG_NOSIGNAL);
	}
	close(connection); /* LEAK: closed */
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
