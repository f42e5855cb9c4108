/* SPDX-License-Identifier: MIT */
/*
 * dropped_reset epoll|poll|select|nobody MS [stay|exit]: the peers reset their connections. The
 * loop polls for them; that over epoll takes them out of its set. Nobody reads or closes for MS.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>
#include "fault.h"

static void hear_by_epoll(int server)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN }, got = { 0 };

	must(epoll_ctl(epoll, EPOLL_CTL_ADD, server, &event) == 0, "EPOLL_CTL_ADD");
	must(epoll_wait(epoll, &got, 1, -1) == 1 && (got.events & EPOLLHUP), "epoll_wait");
	must(epoll_ctl(epoll, EPOLL_CTL_DEL, server, NULL) == 0, "EPOLL_CTL_DEL");
	close(epoll);
}

static void hear_by_poll(int server)
{
	struct pollfd polled = { .fd = server, .events = POLLIN };

	must(poll(&polled, 1, -1) == 1 && (polled.revents & POLLHUP), "poll");
}

static void hear_by_select(int server)
{
	fd_set readable;

	FD_ZERO(&readable);
	FD_SET(server, &readable);
	must(select(server + 1, &readable, NULL, NULL, NULL) == 1, "select");
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), i;

	must(argc >= 3, "usage: dropped_reset epoll|poll|select|nobody MS [stay|exit]");
	for (i = 0; i < FORGOTTEN; i++) {
		int client, server = accept_client(listener, &address, &client);

		reset_peer(client);
		if (strcmp(argv[1], "epoll") == 0)
			hear_by_epoll(server);
		else if (strcmp(argv[1], "poll") == 0)
			hear_by_poll(server);
		else if (strcmp(argv[1], "select") == 0)
			hear_by_select(server);
	}
	catch_termination();
	pause_ms(atoi(argv[2]));
	say_ready();
	if (argc > 3 && strcmp(argv[3], "stay") == 0)
		wait_for_signal();
	if (argc > 3)
		_exit(0);
	return 0;
}
