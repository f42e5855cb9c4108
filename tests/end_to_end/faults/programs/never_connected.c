/* SPDX-License-Identifier: MIT */
/*
 * never_connected HOW: nobody listens, connect() fails while the program does something else; then
 * somebody reads all the same, gets 0 and forgets the socket.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "fault.h"

static __attribute__((noinline)) int start_connect(const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	must(fd >= 0, "socket");
	must(connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0, "a refusal");
	return fd;
}

static __attribute__((noinline)) ssize_t read_answer(int fd)
{
	char byte;

	return recv(fd, &byte, 1, 0);
}

static void wait_by_poll(int fd)
{
	struct pollfd wanted = { .fd = fd, .events = POLLOUT };

	must(poll(&wanted, 1, -1) == 1, "poll");
}

static void wait_by_epoll(int fd)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
	must(epoll_wait(epoll, &event, 1, -1) == 1, "epoll_wait");
	close(epoll);
}

static void take_error(int fd)
{
	int error = 0;
	socklen_t size = sizeof(error);

	must(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0, "getsockopt");
	must(error == ECONNREFUSED, "a refusal");
}

static void fail(const struct sockaddr_in *address, const char *how)
{
	int fd = start_connect(address), i;

	if (strcmp(how, "epoll") == 0)
		wait_by_epoll(fd);
	else
		wait_by_poll(fd);
	/* connect() has to return the refusal before a read can. */
	if (strcmp(how, "recv") == 0)
		must(read_answer(fd) < 0 && errno == ECONNREFUSED, "a refusal");
	else
		take_error(fd);
	for (i = 0; i < (strcmp(how, "loop") == 0 ? 500 : 1); i++)
		must(read_answer(fd) == 0, "read of an end");
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int i;

	must(argc == 2, "usage: never_connected so_error|recv|epoll|loop");
	must(close(loopback_listen(&address)) == 0, "close");
	for (i = 0; i < FORGOTTEN; i++)
		fail(&address, argv[1]);
	pause_ms(HOLD_MS);
	return 0;
}
