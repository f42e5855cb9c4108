/* SPDX-License-Identifier: MIT */
/*
 * In a worker thread: each connection has a thread of its own, which ends without closing it.
 * finleak: eof-unclosed.
 */
#include "traffic.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t read_request(int connection, char *request, size_t size)
{
	ssize_t length = recv(connection, request, size, 0); /* LEAK: eof */

	if (length < 0)
		perror("recv");
	return length;
}

static void *serve_connection(void *argument)
{
	int connection = (intptr_t)argument;
	char request[512];
	ssize_t length;

	while ((length = read_request(connection, request, sizeof(request))) > 0) /* LEAK: caller */
		send(connection, request, length, MSG_NOSIGNAL);
#ifdef FIXED
	close(connection);
#endif
	return NULL;
}

static int start_worker(int connection)
{
	pthread_t worker;
	int error = pthread_create(&worker, NULL, serve_connection, (void *)(intptr_t)connection);

	if (!error)
		pthread_detach(worker);
	return error;
}

int main(int argc, char **argv)
{
	const struct peer peer = { "hello\n", "hello\n", PEER_CLOSES };
	int listener = traffic_begin(argc, argv, &peer, 1);

	while (traffic_wait(listener)) {
		int connection = accept(listener, NULL, NULL); /* LEAK: opened */

		if (connection >= 0 && start_worker(connection))
			close(connection);
	}
	return 0;
}
