/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "analyzer/report/lines_of_sockets.h"

#define SOCKETS_MAX 16

static struct recorded_address address(uint8_t last, uint16_t port)
{
	return (struct recorded_address){ AF_INET, port, { 192, 0, 2, last } };
}

static struct recorded_address address_v6(uint8_t last, uint16_t port)
{
	return (struct recorded_address){ AF_INET6, port, { 0x20, 0x01, 0x0d, 0xb8, [15] = last } };
}

static void assert_peers(const struct recorded_address *peers, size_t count, const char *expected)
{
	struct report_socket sockets[SOCKETS_MAX] = { 0 };
	struct report_leak leak = { .sockets = sockets, .socket_count = count };
	char *line;
	size_t i;

	for (i = 0; i < count; i++)
		sockets[i].peer = peers[i];
	line = line_of_peers(&leak);
	if (expected)
		assert_string_equal(line, expected);
	else
		assert_null(line);
	free(line);
}

/* Those of most sockets come first; of as many, in the order of their numbers. */
static void test_addresses_are_in_the_order_of_their_numbers(void **state)
{
	const struct recorded_address peers[] = {
		address(100, 80), address_v6(1, 80), address(20, 80), address(3, 443),
		address(3, 80),   address(20, 81),   address(7, 9),
	};

	(void)state;
	assert_peers(peers, 3, "Peers: 192.0.2.20:80, 192.0.2.100:80, [2001:db8::1]:80.");
	assert_peers(&peers[3], 2, "Peers: 192.0.2.3:80, 192.0.2.3:443.");
	/* More than are shown: hosts stand for them. */
	assert_peers(peers, 7, "Peers: 192.0.2.3 (2), 192.0.2.20 (2), 192.0.2.7 and 2 more.");
}

static void test_ports_of_one_host_are_one(void **state)
{
	struct recorded_address peers[10];
	size_t i;

	(void)state;
	for (i = 0; i < 10; i++)
		peers[i] = address_v6(1, (uint16_t)(40000 + i));
	assert_peers(peers, 10, "Peers: [2001:db8::1] (10).");
	assert_peers(peers, 1, "Peer: [2001:db8::1]:40000.");
}

static void test_what_is_unknown_is_not_shown(void **state)
{
	const struct recorded_address peers[] = { { 0 }, address(1, 80), { 0 } };

	(void)state;
	assert_peers(peers, 1, NULL);
	assert_peers(peers, 3, "Peers: 192.0.2.1:80.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_are_in_the_order_of_their_numbers),
		cmocka_unit_test(test_ports_of_one_host_are_one),
		cmocka_unit_test(test_what_is_unknown_is_not_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
