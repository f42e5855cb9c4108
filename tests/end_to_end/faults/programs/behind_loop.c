/* SPDX-License-Identifier: MIT */
/*
 * behind_loop epoll|poll|select busy|forgets [stay]: a loop closes 40 connections when their peers
 * have. Then three more peers close, and the loop is busy with something else, or it goes on
 * without having them among those that it waits for.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>
#include "fault.h"

#define SERVED  40
#define WAIT_MS 20

static int listener, epoll, watched[SERVED + FORGOTTEN], count;
static struct sockaddr_in address;
static const char *how;

static void watch(int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	watched[count++] = fd;
	if (strcmp(how, "epoll") == 0)
		must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, "EPOLL_CTL_ADD");
}

static void serve(int fd)
{
	char got;
	int i;

	if (read(fd, &got, 1) != 0)
		return;
	close(fd);
	for (i = 0; watched[i] != fd; i++)
		;
	watched[i] = watched[--count];
}

static void turn_by_epoll(void)
{
	struct epoll_event got;

	if (epoll_wait(epoll, &got, 1, WAIT_MS) == 1)
		serve(got.data.fd);
}

static void turn_by_poll(void)
{
	struct pollfd polled[SERVED + FORGOTTEN + 1] = { { .fd = listener, .events = POLLIN } };
	int i;

	for (i = 0; i < count; i++)
		polled[i + 1] = (struct pollfd){ .fd = watched[i], .events = POLLIN };
	if (poll(polled, count + 1, WAIT_MS) <= 0)
		return;
	for (i = count; i > 0; i--)
		if (polled[i].revents)
			serve(polled[i].fd);
}

static void turn_by_select(void)
{
	struct timeval wait = { .tv_usec = WAIT_MS * 1000 };
	fd_set readable;
	int i;

	FD_ZERO(&readable);
	FD_SET(listener, &readable);
	for (i = 0; i < count; i++)
		FD_SET(watched[i], &readable);
	if (select(FD_SETSIZE, &readable, NULL, NULL, &wait) <= 0)
		return;
	for (i = count; i-- > 0;)
		if (FD_ISSET(watched[i], &readable))
			serve(watched[i]);
}

static void turn(void)
{
	if (strcmp(how, "epoll") == 0)
		turn_by_epoll();
	else if (strcmp(how, "poll") == 0)
		turn_by_poll();
	else
		turn_by_select();
}

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static void be_busy(double until_ms)
{
	while (now_ms() < until_ms)
		;
}

int main(int argc, char **argv)
{
	int clients[SERVED + FORGOTTEN], i, forgets;
	double until_ms;

	must(argc >= 3, "usage: behind_loop epoll|poll|select busy|forgets [stay]");
	how = argv[1];
	forgets = strcmp(argv[2], "forgets") == 0;
	listener = loopback_listen(&address);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	for (i = 0; i < SERVED + FORGOTTEN; i++) {
		int server = accept_client(listener, &address, &clients[i]);

		if (i < SERVED || !forgets)
			watch(server);
		if (i >= SERVED)
			continue;
		close(clients[i]);
		while (count)
			turn();
	}
	turn();
	pause_ms(200); /* What was polled before is to be before the end. */
	for (i = SERVED; i < SERVED + FORGOTTEN; i++)
		close(clients[i]);
	until_ms = now_ms() + 2 * HOLD_MS;
	while (forgets && now_ms() < until_ms)
		turn();
	be_busy(until_ms);
	say_ready();
	be_busy(argc > 3 ? 1e18 : 0);
	_exit(0);
}
