/* SPDX-License-Identifier: MIT */
/*
 * Through dup: replies go through a second descriptor, as where reading and writing are done by
 * different objects. The first one is closed, the socket stays.
 * finleak: duplicate-held.
 */
#include "traffic.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

struct session {
	int reader;
	int writer;
};

static void open_session(struct session *session, int connection)
{
	session->reader = connection;
	session->writer = dup(connection); /* LEAK: duplicated */
}

static void close_session(struct session *session)
{
	close(session->reader); /* LEAK: part-closed */
#ifdef FIXED
	close(session->writer);
#endif
	printf("session closed\n");
}

static void serve_connection(int connection)
{
	struct session session;
	char request[512];
	ssize_t length;

	open_session(&session, connection);
	while ((length = recv(session.reader, request, sizeof(request), 0)) > 0) /* LEAK: eof */
		send(session.writer, request, length, MSG_NOSIGNAL);
	close_session(&session);
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
