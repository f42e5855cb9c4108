/* SPDX-License-Identifier: MIT */
/* Sockets by /proc/PID/net, held against those of sock_diag. */
#include "tests/unit/unit.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/clock.h"
#include "analyzer/kernel_view/kernel_namespace.h"
#include "analyzer/kernel_view/kernel_proc_net.h"

static void test_parse_ipv4(void **state)
{
	static const uint8_t local[] = { 127, 0, 0, 1 }, peer[] = { 192, 0, 2, 7 };
	struct kernel_socket socket;

	(void)state;
	assert_true(kernel_proc_net_parse(&socket,
					  "   5: 0100007F:1F90 070200C0:01BB 08 00000003:00000006 "
					  "00:00000000 00000000  1000  "
					  "      0 4711 1 0000000063394e27 20 4 30 10 -1\n",
					  AF_INET));
	assert_int_equal(socket.state, KERNEL_CLOSE_WAIT);
	assert_memory_equal(socket.local.ip, local, 4);
	assert_memory_equal(socket.peer.ip, peer, 4);
	assert_int_equal(socket.local.port, 8080);
	assert_int_equal(socket.peer.port, 443);
	assert_int_equal(socket.send_queue, 3);
	assert_int_equal(socket.receive_queue, 6);
	assert_int_equal(socket.uid, 1000);
	assert_int_equal(socket.inode, 4711);
	assert_true(socket.nameless);
	assert_int_equal(socket.quiet_ms, -1);
	assert_true(socket.expires_ms < 0);
}

/* The time that is left of it is in clock ticks of 10 ms. */
static void test_parse_time_wait(void **state)
{
	double before_ms = clock_since_boot_ms();
	struct kernel_socket socket;

	(void)state;
	assert_true(
		kernel_proc_net_parse(&socket,
				      "   7: 0100007F:1F90 0100007F:D2F4 06 00000000:00000000 "
				      "03:00000F56 00000000     0        0 0 3 0000000063394e27\n",
				      AF_INET));
	assert_int_equal(socket.state, KERNEL_TIME_WAIT);
	assert_true(socket.expires_ms >= before_ms + 39260);
	assert_true(socket.expires_ms <= clock_since_boot_ms() + 39260);
	assert_int_equal(socket.inode, 0);
}

static void test_parse_other_lines(void **state)
{
	static const char *const lines[] = {
		"",
		"\n",
		"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt\n",
		"   5: 0100007F:1F90 070200C0:01BB 08\n",
		/* Of IPv6, in the file of IPv4. */
		"   5: 00000000000000000000000001000000:1F90 00000000000000000000000001000000:01BB "
		"08 00000003:00000006 00:00000000 00000000  1000 0 4711 1 0 20 4 30 10 -1\n",
		/* No such state. */
		"   5: 0100007F:1F90 070200C0:01BB FF 00000003:00000006 00:00000000 00000000  1000 "
		"0 4711 1 0 20 4 30 10 -1\n",
	};
	struct kernel_socket socket;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_false(kernel_proc_net_parse(&socket, lines[i], AF_INET));
}

static const struct kernel_socket *find(const struct kernel_sockets *sockets, int fd)
{
	struct stat status;
	size_t i;

	assert_int_equal(fstat(fd, &status), 0);
	for (i = 0; i < sockets->count; i++)
		if (sockets->list[i].inode == (uint32_t)status.st_ino)
			return &sockets->list[i];
	return NULL;
}

/* One connection over FAMILY's loopback, accepted and with an unread end behind five bytes. */
static void check_agreement(const struct sockaddr *any, socklen_t size)
{
	int listener = socket(any->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int client = socket(any->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), accepted, i;
	struct kernel_sockets asked = { 0 }, read = { 0 };
	struct kernel_namespaces namespaces = { 0 };
	uint64_t own = kernel_namespace_of((int)getpid());
	struct sockaddr_storage address;
	struct kernel_namespace *netns;
	char byte;

	if (listener < 0 || bind(listener, any, size) < 0)
		skip(); /* no IPv6 here */
	assert_int_equal(listen(listener, 7), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	assert_int_equal(connect(client, (struct sockaddr *)&address, size), 0);
	accepted = accept(listener, NULL, NULL);
	assert_int_equal(send(client, "hello", 5, 0), 5);
	assert_int_equal(shutdown(client, SHUT_WR), 0);
	assert_int_equal(recv(accepted, &byte, 1, MSG_PEEK), 1);

	netns = kernel_namespaces_enter(&namespaces, own, (int)getpid());
	if (!netns->diagnosis)
		skip();
	/* The end, or its acknowledgement, may be on its way still. */
	for (i = 0; i < 1000; i++) {
		const struct kernel_socket *end, *other;

		kernel_sockets_clear(&asked);
		kernel_sockets_add(&asked, netns->diagnosis, own, KERNEL_LIVING_STATES);
		end = find(&asked, accepted);
		other = find(&asked, client);
		if (end && end->state == KERNEL_CLOSE_WAIT && other &&
		    other->state == KERNEL_FIN_WAIT2)
			break;
		usleep(1000);
	}
	assert_int_equal(kernel_proc_net_add(&read, (int)getpid(), own, KERNEL_LIVING_STATES), 0);
	for (i = 0; i < 3; i++) {
		int fd = i == 0 ? listener : i == 1 ? client : accepted;
		const struct kernel_socket *a = find(&asked, fd), *b = find(&read, fd);

		assert_non_null(a);
		assert_non_null(b);
		assert_int_equal(a->state, b->state);
		assert_int_equal(a->receive_queue, b->receive_queue);
		assert_memory_equal(&a->local, &b->local, sizeof(a->local));
		assert_memory_equal(&a->peer, &b->peer, sizeof(a->peer));
		assert_int_equal(a->uid, b->uid);
	}
	kernel_sockets_clear(&asked);
	kernel_sockets_clear(&read);
	kernel_namespaces_clear(&namespaces);
	close(listener);
	close(client);
	close(accepted);
}

static void test_agrees_with_sock_diag(void **state)
{
	const struct sockaddr_in any = { .sin_family = AF_INET,
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	(void)state;
	check_agreement((const struct sockaddr *)&any, sizeof(any));
}

static void test_agrees_with_sock_diag_ipv6(void **state)
{
	const struct sockaddr_in6 any = { .sin6_family = AF_INET6,
					  .sin6_addr = IN6ADDR_LOOPBACK_INIT };

	(void)state;
	check_agreement((const struct sockaddr *)&any, sizeof(any));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_ipv4),
		cmocka_unit_test(test_parse_time_wait),
		cmocka_unit_test(test_parse_other_lines),
		cmocka_unit_test(test_agrees_with_sock_diag),
		cmocka_unit_test(test_agrees_with_sock_diag_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
