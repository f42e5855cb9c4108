/* SPDX-License-Identifier: MIT */
/* Connections in nobody's hands: which listener they came in by, and who gets them. */
#include "tests/unit/unit.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/kernel_view/kernel_unowned.h"

#define HERE  1
#define THERE 2

/* When the claiming process began; a jiffy is 10 ms at most. */
#define START_MS 1000000

static struct recorded_address address(uint8_t last_byte, uint16_t port)
{
	return (struct recorded_address){ .family = AF_INET,
					  .port = port,
					  .ip = { 192, 0, 2, last_byte } };
}

static struct kernel_socket closed(enum kernel_state state, uint16_t port)
{
	return (struct kernel_socket){
		.namespace = HERE, .state = state, .expires_ms = -1, .local = address(1, port)
	};
}

/* One that the kernel drops at EXPIRES_MS. */
static struct kernel_socket expiring(enum kernel_state state, uint16_t port, double expires_ms)
{
	struct kernel_socket socket = closed(state, port);

	socket.expires_ms = expires_ms;
	return socket;
}

static void test_counts(void **state)
{
	struct kernel_socket list[] = {
		{ .cookie = 9,
		  .namespace = HERE,
		  .inode = 100,
		  .state = KERNEL_LISTEN,
		  .local = { .family = AF_INET, .port = 80 } },
		{ .cookie = 4,
		  .namespace = HERE,
		  .inode = 101,
		  .state = KERNEL_LISTEN,
		  .local = address(1, 443) },
		closed(KERNEL_TIME_WAIT, 80),
		closed(KERNEL_TIME_WAIT, 80),
		closed(KERNEL_FIN_WAIT2, 443),
		/* Of a client. */
		closed(KERNEL_TIME_WAIT, 40000),
		/* Somebody has it. */
		{ .namespace = HERE,
		  .inode = 102,
		  .state = KERNEL_ESTABLISHED,
		  .local = address(1, 80) },
		/* The same port elsewhere. */
		{ .namespace = THERE,
		  .state = KERNEL_TIME_WAIT,
		  .expires_ms = -1,
		  .local = address(1, 80) },
		{ .namespace = HERE,
		  .state = KERNEL_FIN_WAIT2,
		  .expires_ms = -1,
		  .local = address(2, 443) },
		{ .namespace = HERE,
		  .state = KERNEL_CLOSE,
		  .multipath = true,
		  .local = address(1, 80) },
	};
	struct kernel_sockets sockets = { list, sizeof(list) / sizeof(list[0]) };
	struct kernel_namespace entered[] = { { .inode = HERE, .time_wait = 5 },
					      { .inode = THERE },
					      { .inode = 3 } };
	struct kernel_namespaces namespaces = { entered, 3 };
	uint64_t states[KERNEL_STATES] = { [KERNEL_LISTEN] = 1 };
	struct kernel_listeners listeners;
	struct unowned_sockets unowned;
	unsigned int i;

	(void)state;
	kernel_listeners_find(&listeners, &sockets);
	unowned_sockets_count(&unowned, &sockets, &listeners, &namespaces);
	unowned_sockets_claim(&unowned, 9, START_MS, states);
	for (i = 0; i < KERNEL_STATES; i++)
		assert_int_equal(states[i], i == KERNEL_LISTEN ? 1 : i == KERNEL_TIME_WAIT ? 2 : 0);
	/* A worker that has inherited the listener: they are its parent's. */
	unowned_sockets_claim(&unowned, 9, START_MS, states);
	assert_int_equal(states[KERNEL_TIME_WAIT], 2);
	unowned_sockets_claim(&unowned, 4, START_MS, states);
	assert_int_equal(states[KERNEL_FIN_WAIT2], 1);
	unowned_sockets_claim(&unowned, 5, START_MS, states);
	assert_int_equal(states[KERNEL_TIME_WAIT], 2);

	unowned_sockets_count_unattributed(&namespaces, &sockets, &listeners);
	assert_int_equal(entered[0].time_wait, 1);
	assert_int_equal(entered[1].time_wait, 1);
	assert_int_equal(entered[2].time_wait, 0);
	unowned_sockets_clear(&unowned);
	kernel_listeners_clear(&listeners);
}

/* A server that was started again finds what the one before it on the port has closed. */
static void test_earlier_process(void **state)
{
	struct kernel_socket list[] = {
		{ .cookie = 9,
		  .namespace = HERE,
		  .inode = 100,
		  .state = KERNEL_LISTEN,
		  .local = { .family = AF_INET, .port = 80 } },
		/* TIME_WAIT lasts 60 s. */
		expiring(KERNEL_TIME_WAIT, 80, START_MS - 50 + 60000),
		expiring(KERNEL_TIME_WAIT, 80, START_MS - 30000 + 60000),
		expiring(KERNEL_TIME_WAIT, 80, START_MS + 60000),
		expiring(KERNEL_TIME_WAIT, 80, START_MS + 90000),
		/* FIN_WAIT2 lasts tcp_fin_timeout, or longer where the peer is slow. */
		expiring(KERNEL_FIN_WAIT2, 80, START_MS - 50 + 40000),
		expiring(KERNEL_FIN_WAIT2, 80, START_MS + 40000),
		expiring(KERNEL_FIN_WAIT2, 80, START_MS + 90000),
		/* The kernel does not say since when. */
		closed(KERNEL_LAST_ACK, 80),
	};
	struct kernel_sockets sockets = { list, sizeof(list) / sizeof(list[0]) };
	struct kernel_namespace entered = { .inode = HERE, .tuning = { .fin_timeout = 40 } };
	struct kernel_namespaces namespaces = { &entered, 1 };
	uint64_t states[KERNEL_STATES] = { 0 }, of_parent[KERNEL_STATES] = { 0 };
	struct kernel_listeners listeners;
	struct unowned_sockets unowned;

	(void)state;
	kernel_listeners_find(&listeners, &sockets);
	unowned_sockets_count(&unowned, &sockets, &listeners, &namespaces);
	unowned_sockets_claim(&unowned, 9, START_MS, states);
	assert_int_equal(states[KERNEL_TIME_WAIT], 2);
	assert_int_equal(states[KERNEL_FIN_WAIT2], 2);
	assert_int_equal(states[KERNEL_LAST_ACK], 1);
	/* A worker may be younger than the parent that it has the listener from. */
	unowned_sockets_claim(&unowned, 9, START_MS - 60, of_parent);
	assert_int_equal(of_parent[KERNEL_TIME_WAIT], 1);
	assert_int_equal(of_parent[KERNEL_FIN_WAIT2], 1);
	assert_int_equal(of_parent[KERNEL_LAST_ACK], 0);
	unowned_sockets_clear(&unowned);
	kernel_listeners_clear(&listeners);
}

static void test_nothing(void **state)
{
	uint64_t states[KERNEL_STATES] = { 0 };
	struct kernel_sockets sockets = { 0 };
	struct kernel_namespaces namespaces = { 0 };
	struct kernel_listeners listeners;
	struct unowned_sockets unowned;

	(void)state;
	kernel_listeners_find(&listeners, &sockets);
	unowned_sockets_count(&unowned, &sockets, &listeners, &namespaces);
	unowned_sockets_claim(&unowned, 9, START_MS, states);
	unowned_sockets_clear(&unowned);
	kernel_listeners_clear(&listeners);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_earlier_process),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
