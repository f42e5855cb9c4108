/* SPDX-License-Identifier: MIT */
/*
 * A slow acceptor: it listens first and then waits for what it needs, which does not come. The
 * kernel completes its clients' connections anyway; they give up, and wait for accept() as dead
 * connections that no descriptor of any process refers to.
 * finleak: never-accepted.
 */
#include "traffic.h"

#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef FIXED
#define CONFIGURED 1
#else
#define CONFIGURED 0
#endif

static int start_listening(int listener)
{
	int failed = listen(listener, 64); /* LEAK: listen */

	if (failed)
		perror("listen");
	return failed;
}

static void serve_connection(int connection)
{
	char request[512];

	while (recv(connection, request, sizeof(request), 0) > 0)
		;
	close(connection);
}

/* Returns false when none will come any more. */
static bool wait_for_configuration(int configuration)
{
	return traffic_wait(configuration); /* LEAK: blocked */
}

int main(int argc, char **argv)
{
	const struct peer peer = { "hello\n", NULL, PEER_CLOSES };
	int listener = traffic_begin_with(argc, argv, &peer, 1, start_listening);
	int configuration = eventfd(CONFIGURED, EFD_CLOEXEC);

	if (!wait_for_configuration(configuration))
		return 0;
	while (traffic_wait(listener)) {
		int connection = accept(listener, NULL, NULL);

		if (connection >= 0)
			serve_connection(connection);
	}
	return 0;
}
