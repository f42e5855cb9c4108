/* SPDX-License-Identifier: MIT */
/*
 * An io_uring reader: the end of the stream comes as a completion with result 0, in memory that
 * the kernel shares with the program. No call of libc returns it, so nobody can see it read; the
 * kernel knows that it was.
 * finleak: eof-unclosed.
 */
#include "traffic.h"

#include <liburing.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct io_uring ring;

/* Returns the length, 0 at the end of the stream, or -errno. */
static int read_request(int connection, char *request, size_t size)
{
	struct io_uring_sqe *entry = io_uring_get_sqe(&ring);
	struct io_uring_cqe *completion;
	int result;

	io_uring_prep_recv(entry, connection, request, size, 0);
	io_uring_submit_and_wait(&ring, 1);
	result = io_uring_wait_cqe(&ring, &completion);
	if (result)
		return result;
	result = completion->res;
	io_uring_cqe_seen(&ring, completion);
	return result;
}

static void serve_connection(int connection)
{
	char request[512];
	int length;

	while ((length = read_request(connection, request, sizeof(request))) > 0)
		send(connection, request, length, MSG_NOSIGNAL);
	printf("peer has gone\n");
#ifdef FIXED
	close(connection);
#endif
}

int main(int argc, char **argv)
{
	const struct peer peer = { "hello\n", "hello\n", PEER_CLOSES };
	int listener = traffic_begin(argc, argv, &peer, 1);
	int error = io_uring_queue_init(8, &ring, 0);

	if (error) {
		fprintf(stderr, "io_uring_queue_init: %s\n", strerror(-error));
		return 1;
	}
	while (traffic_wait(listener)) {
		int connection = accept(listener, NULL, NULL); /* LEAK: opened */

		if (connection >= 0)
			serve_connection(connection);
	}
	return 0;
}
