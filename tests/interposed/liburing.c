/* SPDX-License-Identifier: MIT */
/* A program that is linked to liburing, whose system calls nobody sees. */
#include <errno.h>
#include <liburing.h>
#include <unistd.h>
#include "call_tests.h"
#include "connections.h"
#include "expect.h"

/* The ring holds the socket that the program has closed, until it has read it to its end. */
static void socket_that_a_ring_may_hold_departs(void **state)
{
	struct connection connection = connected();
	struct io_uring_cqe *completed;
	struct io_uring_sqe *entry;
	struct io_uring ring;
	uint64_t cookie = 0;
	char got;

	(void)state;
	if (is_recorded())
		cookie = row_of(connection.ours)->cookie;
	if (io_uring_queue_init(2, &ring, 0) < 0)
		skip(); /* none in this kernel, or not allowed */
	entry = io_uring_get_sqe(&ring);
	io_uring_prep_recv(entry, connection.ours, &got, 1, 0);
	assert_int_equal(io_uring_submit(&ring), 1);
	close(connection.ours);
	if (is_recorded())
		assert_non_null(departure_of(cookie));
	/* It is not closed for its peer: what is sent arrives. */
	assert_int_equal(write(connection.theirs, "x", 1), 1);
	assert_int_equal(io_uring_wait_cqe(&ring, &completed), 0);
	assert_int_equal(completed->res, 1);
	io_uring_cqe_seen(&ring, completed);
	io_uring_queue_exit(&ring);
	close(connection.theirs);
}

int main(int argc, char **argv)
{
	add_test("socket_that_a_ring_may_hold_departs", socket_that_a_ring_may_hold_departs);
	return run_call_tests(argc, argv, "interposed.liburing");
}
