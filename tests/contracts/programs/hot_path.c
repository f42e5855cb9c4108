/* SPDX-License-Identifier: MIT */
/*
 * hot_path N CONNECTIONS: N times 64 bytes by each of the calls below, each in a function of its
 * own (for callgrind); the other end is served by system calls that no wrapper sees. Then
 * CONNECTIONS come and go, one after the other: accept, EOF and close, each in a function
 * of its own.
 */
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "loopback.h"

#define BYTES 64

static char buffer[BYTES];
static int near, far;

#if defined(__x86_64__)
static inline long inline_call(long number, int fd)
{
	register long flags __asm__("r10") = 0;
	register long to __asm__("r8") = 0;
	register long length __asm__("r9") = 0;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"((long)fd), "S"(buffer), "d"((long)BYTES), "r"(flags),
			   "r"(to), "r"(length)
			 : "rcx", "r11", "memory");
	return result;
}
#else
static inline long inline_call(long number, int fd)
{
	(void)number;
	(void)fd;
	exit(77);
}
#endif

static inline void give(void)
{
	if (inline_call(SYS_write, far) != BYTES)
		abort();
}

static inline void take(void)
{
	if (inline_call(SYS_read, far) != BYTES)
		abort();
}

static __attribute__((noinline)) void loop_recv(long n)
{
	while (n-- > 0) {
		give();
		if (recv(near, buffer, BYTES, 0) != BYTES)
			abort();
	}
}

static __attribute__((noinline)) void loop_read(long n)
{
	while (n-- > 0) {
		give();
		if (read(near, buffer, BYTES) != BYTES)
			abort();
	}
}

static __attribute__((noinline)) void loop_send(long n)
{
	while (n-- > 0) {
		if (send(near, buffer, BYTES, 0) != BYTES)
			abort();
		take();
	}
}

static __attribute__((noinline)) void loop_write(long n)
{
	while (n-- > 0) {
		if (write(near, buffer, BYTES) != BYTES)
			abort();
		take();
	}
}

static __attribute__((noinline)) void loop_sendmsg(long n)
{
	struct iovec part = { .iov_base = buffer, .iov_len = BYTES };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	while (n-- > 0) {
		if (sendmsg(near, &message, 0) != BYTES)
			abort();
		take();
	}
}

/* As a server with EPOLLONESHOT does for each request. */
static __attribute__((noinline)) void loop_epoll_ctl(long n)
{
	struct epoll_event wanted = { .events = EPOLLIN | EPOLLONESHOT };
	int set = epoll_create1(EPOLL_CLOEXEC);

	if (epoll_ctl(set, EPOLL_CTL_ADD, near, &wanted) < 0)
		abort();
	while (n-- > 0)
		if (epoll_ctl(set, EPOLL_CTL_MOD, near, &wanted) < 0)
			abort();
}

static __attribute__((noinline)) int loop_accept(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		abort();
	return fd;
}

static __attribute__((noinline)) void loop_eof(int fd)
{
	if (recv(fd, buffer, BYTES, 0) != 0)
		abort();
}

static __attribute__((noinline)) void loop_close(int fd)
{
	if (close(fd) != 0)
		abort();
}

static void come_and_go(int listener, const struct sockaddr_in *address)
{
	int client = socket(AF_INET, SOCK_STREAM, 0), server;

	must(connect(client, (const struct sockaddr *)address, sizeof(*address)) == 0, "connect");
	must(close(client) == 0, "close");
	server = loop_accept(listener);
	loop_eof(server);
	loop_close(server);
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	struct connection one;
	long n, connections;
	int listener;

	must(argc == 3, "usage: hot_path N CONNECTIONS");
	n = atol(argv[1]);
	connections = atol(argv[2]);
	listener = loopback_listen(&address);
	one = loopback_connect(listener, &address);
	near = one.server;
	far = one.client;
	loop_recv(n);
	loop_read(n);
	loop_send(n);
	loop_write(n);
	loop_sendmsg(n);
	loop_epoll_ctl(n);
	while (connections-- > 0)
		come_and_go(listener, &address);
	return 0;
}
