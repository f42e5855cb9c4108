/* SPDX-License-Identifier: MIT */
/*
 * An exec'd child that inherits: the first request starts a logger, and the connection open at that
 * moment, accepted without SOCK_CLOEXEC, stays open in the logger for as long as that lives. The
 * server itself closes everything.
 * finleak: held-elsewhere (exec-child).
 */
#include "traffic.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef FIXED
#define ACCEPT_FLAGS SOCK_CLOEXEC
#else
#define ACCEPT_FLAGS 0
#endif

static int log_to = -1;

/* Any program that reads its input to the end would do: it lives as long as the server. */
static void start_logger(void)
{
	int log_pipe[2];
	pid_t child;

	if (pipe(log_pipe))
		return;
	child = fork(); /* LEAK: forked */
	if (child == 0) {
		dup2(log_pipe[0], STDIN_FILENO);
		close(log_pipe[0]);
		close(log_pipe[1]);
		execlp("grep", "grep", "--quiet", "^panic: ", NULL); /* LEAK: exec */
		_exit(127);
	}
	close(log_pipe[0]);
	log_to = log_pipe[1];
}

static void log_request(const char *request, size_t length)
{
	if (log_to < 0)
		start_logger();
	if (write(log_to, request, length) < 0)
		perror("log");
}

static void serve_connection(int connection)
{
	char request[512];
	ssize_t length;

	while ((length = read(connection, request, sizeof(request))) > 0) { /* LEAK: eof */
		log_request(request, length);
		send(connection, request, length, MSG_NOSIGNAL);
	}
	close(connection); /* LEAK: closed */
}

int main(int argc, char **argv)
{
	const struct peer peer = { "hello\n", "hello\n", PEER_CLOSES };
	int listener = traffic_begin(argc, argv, &peer, 1);

	while (traffic_wait(listener)) {
		int connection = accept4(listener, NULL, NULL, ACCEPT_FLAGS); /* LEAK: opened */

		if (connection >= 0)
			serve_connection(connection);
	}
	return 0;
}
