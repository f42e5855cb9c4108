/* SPDX-License-Identifier: MIT */
/*
 * Registered with a ring: io_uring keeps files that are registered with it, to spare a look-up for
 * each request. The server closes the descriptor at the end of the stream; the ring keeps the
 * socket, and no descriptor of any process shows it.
 * finleak: held-elsewhere, reason io-uring.
 */
#include "traffic.h"

#include <liburing.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SLOTS 64

static struct io_uring ring;

/* Returns an error (-errno) or 0. */
static int open_ring(void)
{
	int slots[SLOTS];
	int error = io_uring_queue_init(8, &ring, 0);

	for (int i = 0; i < SLOTS; i++)
		slots[i] = -1;
	return error ? error : io_uring_register_files(&ring, slots, SLOTS);
}

static void register_connection(int slot, int connection)
{
	if (io_uring_register_files_update(&ring, slot, &connection, 1) != 1) /* LEAK: registered */
		fprintf(stderr, "no slot %d\n", slot);
}

/* Returns the length, 0 at the end of the stream, or -errno. */
static int read_request(int slot, char *request, size_t size)
{
	struct io_uring_sqe *entry = io_uring_get_sqe(&ring);
	struct io_uring_cqe *completion;
	int result;

	io_uring_prep_recv(entry, slot, request, size, 0);
	io_uring_sqe_set_flags(entry, IOSQE_FIXED_FILE);
	io_uring_submit_and_wait(&ring, 1);
	result = io_uring_wait_cqe(&ring, &completion);
	if (result)
		return result;
	result = completion->res;
	io_uring_cqe_seen(&ring, completion);
	return result;
}

static void serve_connection(int slot, int connection)
{
	char request[512];
	int length;

	register_connection(slot, connection);
	while ((length = read_request(slot, request, sizeof(request))) > 0)
		send(connection, request, length, MSG_NOSIGNAL);
#ifdef FIXED
	register_connection(slot, -1);
#endif
	close(connection); /* LEAK: closed */
}

int main(int argc, char **argv)
{
	const struct peer peer = { "hello\n", "hello\n", PEER_CLOSES };
	int listener = traffic_begin(argc, argv, &peer, 1);
	int error = open_ring(), next_slot = 0;

	if (error) {
		fprintf(stderr, "io_uring: %s\n", strerror(-error));
		return 1;
	}
	while (traffic_wait(listener)) {
		int connection = accept(listener, NULL, NULL); /* LEAK: opened */

		if (connection >= 0)
			serve_connection(next_slot++ % SLOTS, connection);
	}
	return 0;
}
