/* SPDX-License-Identifier: MIT */
/*
 * after_end WHAT: what a program does with a socket after it has read its end, and before it
 * forgets it. "spin", "again": it closes after that.
 */
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "fault.h"

static int epoll;

static __attribute__((noinline)) void read_first(int fd)
{
	char byte;

	must(read(fd, &byte, 1) == 0, "read of EOF");
}

static __attribute__((noinline)) void read_again(int fd)
{
	char byte;

	must(recv(fd, &byte, 1, 0) == 0, "another read of EOF");
}

static __attribute__((noinline)) void watch(int fd, int operation)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	must(epoll_ctl(epoll, operation, fd, &event) == 0, "epoll_ctl");
}

/* The function by which the whole program calls epoll_ctl() identifies little. */
static __attribute__((noinline)) void forget(int fd)
{
	watch(fd, EPOLL_CTL_DEL);
	pause_ms(1);
}

static __attribute__((noinline)) void on_eof(int fd)
{
	must(shutdown(fd, SHUT_RD) == 0, "shutdown");
}

/* A level-triggered loop that drops nothing: as often as the processor can. */
static __attribute__((noinline)) void spin(int fd, int rounds)
{
	struct epoll_event event;

	for (; rounds > 0; rounds--) {
		must(epoll_wait(epoll, &event, 1, -1) == 1, "epoll_wait");
		read_again(fd);
	}
}

static void serve(int fd, const char *what)
{
	watch(fd, EPOLL_CTL_ADD);
	read_first(fd);
	if (strcmp(what, "shut_read") == 0) {
		watch(fd, EPOLL_CTL_DEL);
		pause_ms(2);
		on_eof(fd);
	} else if (strcmp(what, "leave") == 0) {
		forget(fd);
	} else if (strcmp(what, "reread") == 0) {
		watch(fd, EPOLL_CTL_MOD);
		read_again(fd);
	} else if (strcmp(what, "rewatch") == 0) {
		read_again(fd);
		pause_ms(2);
		watch(fd, EPOLL_CTL_MOD);
	} else if (strcmp(what, "spin") == 0) {
		spin(fd, 20000);
		must(close(fd) == 0, "close");
	} else if (strcmp(what, "spin_on") == 0) {
		spin(fd, 20000);
		pause_ms(HOLD_MS);
		spin(fd, 20000);
	} else if (strcmp(what, "again") == 0) {
		spin(fd, 2);
		must(close(fd) == 0, "close");
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), i;

	must(argc == 2, "usage: after_end shut_read|leave|reread|rewatch|spin|spin_on|again");
	epoll = epoll_create1(EPOLL_CLOEXEC);
	for (i = 0; i < (strcmp(argv[1], "spin_on") == 0 ? 1 : FORGOTTEN); i++) {
		int client, fd = accept_client(listener, &address, &client);

		close(client);
		serve(fd, argv[1]);
	}
	if (strcmp(argv[1], "spin_on") != 0)
		pause_ms(HOLD_MS);
	return 0;
}
