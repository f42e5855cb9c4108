/* SPDX-License-Identifier: MIT */
#include "connections.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "expect.h"

struct sockaddr *address_of(struct address *address)
{
	return (struct sockaddr *)&address->storage;
}

static void loopback(int family, struct address *address)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address->storage;
	struct sockaddr_in *in = (struct sockaddr_in *)&address->storage;

	memset(&address->storage, 0, sizeof(address->storage));
	address->length = family == AF_INET6 ? sizeof(*in6) : sizeof(*in);
	if (family == AF_INET6) {
		in6->sin6_family = AF_INET6;
		in6->sin6_addr = in6addr_loopback;
	} else {
		in->sin_family = AF_INET;
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	}
}

/* A socket bound to a free port, or -1. */
static int bind_to(int family, int protocol, struct address *address)
{
	int fd = socket(family, SOCK_STREAM, protocol);

	if (fd < 0)
		return -1;
	loopback(family, address);
	if (bind(fd, address_of(address), address->length) < 0) {
		close(fd);
		return -1;
	}
	assert_int_equal(getsockname(fd, address_of(address), &address->length), 0);
	return fd;
}

int listen_on(int family, int protocol, struct address *address)
{
	int fd = bind_to(family, protocol, address);

	if (fd >= 0)
		assert_int_equal(listen(fd, 8), 0);
	return fd;
}

struct address refusing_address(int *holder)
{
	struct address address;

	*holder = bind_to(AF_INET, 0, &address);
	assert_true(*holder >= 0);
	return address;
}

struct connection connect_over(int family, int protocol)
{
	struct connection connection;
	struct address address;
	int listener = listen_on(family, protocol, &address);

	if (listener < 0)
		skip();
	connection.ours = socket(family, SOCK_STREAM, protocol);
	assert_true(connection.ours >= 0);
	assert_int_equal(connect(connection.ours, address_of(&address), address.length), 0);
	connection.theirs = accept(listener, NULL, NULL);
	assert_true(connection.theirs >= 0);
	close(listener);
	return connection;
}

struct connection connected(void)
{
	return connect_over(AF_INET, 0);
}

static void wait_for(int fd, short events)
{
	struct pollfd wanted = { .fd = fd, .events = events };

	assert_int_equal(poll(&wanted, 1, 10000), 1);
}

void wait_readable(int fd)
{
	wait_for(fd, POLLIN);
}

void wait_dead(int fd)
{
	wait_for(fd, 0);
}

struct connection half_closed(void)
{
	struct connection connection = connected();

	close(connection.theirs);
	connection.theirs = -1;
	wait_readable(connection.ours);
	return connection;
}

struct connection reset_by_peer(void)
{
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	struct connection connection = connected();

	assert_int_equal(
		setsockopt(connection.theirs, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
	close(connection.theirs);
	connection.theirs = -1;
	wait_dead(connection.ours);
	return connection;
}

struct connection broken(void)
{
	struct connection connection = half_closed();

	assert_int_equal(send(connection.ours, "x", 1, MSG_NOSIGNAL), 1);
	wait_dead(connection.ours);
	return connection;
}

void disconnect(struct connection *connection)
{
	if (connection->ours >= 0)
		close(connection->ours);
	if (connection->theirs >= 0)
		close(connection->theirs);
}

void set_nonblocking(int fd)
{
	assert_int_equal(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), 0);
}

static long unseen_call(long number, long a, long b, long c)
{
#if defined(__x86_64__)
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
	return x0;
#else
#error "say here how this machine makes a system call"
#endif
}

long unseen_socket(int family, int type, int protocol)
{
	return unseen_call(SYS_socket, family, type, protocol);
}

long unseen_accept(int listener)
{
	return unseen_call(SYS_accept, listener, 0, 0);
}

long unseen_close(int fd)
{
	return unseen_call(SYS_close, fd, 0, 0);
}

long unseen_write(int fd, const void *buffer, size_t length)
{
	return unseen_call(SYS_write, fd, (long)buffer, (long)length);
}

long unseen_dup2(int fd, int target)
{
	return unseen_call(SYS_dup3, fd, target, 0);
}
