/* SPDX-License-Identifier: MIT */
/*
 * hot_unclosed N UNCLOSED: reads UNCLOSED ends of streams, which stay open. Then N calls of each
 * kind below, each in a function of its own (for callgrind), on sockets of its own. At most about
 * 1,000: descriptors are to fit into a set of select().
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>
#include "loopback.h"

#define BYTES 64

static char buffer[BYTES];
static struct sockaddr_in address;
static int listener, epoll;
static struct connection quiet, broken, finished;

static __attribute__((noinline)) void loop_poll1(long n)
{
	struct pollfd one = { .fd = quiet.server, .events = POLLIN };

	while (n-- > 0)
		if (poll(&one, 1, 0) != 0)
			abort();
}

static __attribute__((noinline)) void loop_poll64(long n)
{
	struct pollfd many[64];
	size_t i;

	for (i = 0; i < 64; i++)
		many[i] = (struct pollfd){ .fd = quiet.server, .events = POLLIN };
	while (n-- > 0)
		if (poll(many, 64, 0) != 0)
			abort();
}

/* As a way to sleep. */
static __attribute__((noinline)) void loop_poll0(long n)
{
	while (n-- > 0)
		if (poll(NULL, 0, 0) != 0)
			abort();
}

static inline __attribute__((always_inline)) void loop_select(long n, int limit, int one)
{
	struct timeval at_once = { .tv_sec = 0 };
	fd_set reading, writing;

	while (n-- > 0) {
		FD_ZERO(&reading);
		FD_ZERO(&writing);
		if (one >= 0)
			FD_SET(one, &reading);
		if (select(limit, &reading, &writing, NULL, &at_once) != 0)
			abort();
	}
}

static __attribute__((noinline)) void loop_select64(long n)
{
	loop_select(n, 64, quiet.server);
}

static __attribute__((noinline)) void loop_select1024(long n)
{
	loop_select(n, 1024, quiet.server);
}

static __attribute__((noinline)) void loop_select0(long n)
{
	loop_select(n, 1024, -1);
}

static __attribute__((noinline)) void loop_epoll_wait(long n)
{
	struct epoll_event event;

	while (n-- > 0)
		if (epoll_wait(epoll, &event, 1, 0) != 0)
			abort();
}

static __attribute__((noinline)) void loop_write(long n)
{
	while (n-- > 0) {
		if (write(quiet.client, buffer, BYTES) != BYTES ||
		    recv(quiet.server, buffer, BYTES, MSG_DONTWAIT) != BYTES)
			abort();
	}
}

/* Nothing has come. */
static __attribute__((noinline)) void loop_again(long n)
{
	while (n-- > 0)
		if (recv(quiet.server, buffer, BYTES, MSG_DONTWAIT) >= 0)
			abort();
}

/* The end of a stream that was read before. */
static __attribute__((noinline)) void loop_eof(long n)
{
	while (n-- > 0)
		if (recv(finished.server, buffer, BYTES, 0) != 0)
			abort();
}

/* To a peer that is gone. */
static __attribute__((noinline)) void loop_broken(long n)
{
	while (n-- > 0)
		if (send(broken.server, buffer, BYTES, MSG_NOSIGNAL) >= 0)
			abort();
}

static __attribute__((noinline)) void loop_connection(long n)
{
	while (n-- > 0)
		loopback_round(listener, &address);
}

static struct connection half_closed(void)
{
	struct connection connection = loopback_connect(listener, &address);

	loopback_read_eof(&connection);
	return connection;
}

int main(int argc, char **argv)
{
	static void (*const loops[])(long n) = {
		loop_poll0, loop_poll1, loop_poll64, loop_select0, loop_select64,   loop_select1024,
		loop_write, loop_again, loop_eof,    loop_broken,  loop_epoll_wait, loop_connection,
	};
	struct epoll_event wanted = { .events = EPOLLIN };
	long n, unclosed;
	size_t i;

	must(argc == 3, "usage: hot_unclosed N UNCLOSED");
	n = atol(argv[1]);
	unclosed = atol(argv[2]);
	listener = loopback_listen(&address);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	quiet = loopback_connect(listener, &address);
	must(epoll_ctl(epoll, EPOLL_CTL_ADD, quiet.server, &wanted) == 0, "epoll_ctl");
	finished = half_closed();
	broken = half_closed();
	while (send(broken.server, buffer, BYTES, MSG_NOSIGNAL) >= 0)
		;
	while (unclosed-- > 0)
		half_closed();
	for (i = 0; i < sizeof(loops) / sizeof(loops[0]); i++) {
		/* The thread has just learned of an end, and nothing has come next. */
		if (argv[2][0] != '0')
			half_closed();
		loops[i](n);
	}
	return 0;
}
