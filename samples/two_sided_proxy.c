/* SPDX-License-Identifier: MIT */
/*
 * A proxy has two connections for each session: when its backend ends one, it closes the other.
 * finleak: eof-unclosed; what came next is the close of the client.
 */
#include "traffic.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* The backend answers one request and hangs up. It is a process of its own. */
static void serve_backend(int listener)
{
	char request[512];
	ssize_t length;
	int connection;

	while ((connection = accept(listener, NULL, NULL)) >= 0) {
		length = read(connection, request, sizeof(request));
		if (length > 0 && write(connection, request, (size_t)length) != length)
			_exit(1);
		close(connection);
	}
	_exit(0);
}

static void start_backend(struct sockaddr_in *address)
{
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(*address);

	*address = (struct sockaddr_in){ .sin_family = AF_INET,
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (bind(listener, (struct sockaddr *)address, size) || listen(listener, 64) ||
	    getsockname(listener, (struct sockaddr *)address, &size))
		exit(1);
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		serve_backend(listener);
	}
	close(listener);
}

static int connect_backend(const struct sockaddr_in *address)
{
	int backend = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); /* LEAK: opened */

	if (connect(backend, (const struct sockaddr *)address, sizeof(*address)))
		exit(1);
	return backend;
}

/* One way of a session. Returns false at its end. */
static bool relay(int from, int to)
{
	char data[512];
	ssize_t length = read(from, data, sizeof(data)); /* LEAK: eof */

	return length > 0 && write(to, data, (size_t)length) == length;
}

static void serve_session(int client, int backend)
{
	while (relay(client, backend) && relay(backend, client))
		if (!relay(backend, client)) /* LEAK: caller */
			break;
	close(client); /* LEAK: next */
#ifdef FIXED
	close(backend);
#endif
}

int main(int argc, char **argv)
{
	const struct peer peer = { "hello\n", "hello\n", PEER_READS_TO_END };
	struct sockaddr_in address;
	int listener;

	start_backend(&address);
	listener = traffic_begin(argc, argv, &peer, 1);
	while (traffic_wait(listener)) {
		int client = accept(listener, NULL, NULL);

		if (client >= 0)
			serve_session(client, connect_backend(&address));
	}
	return 0;
}
