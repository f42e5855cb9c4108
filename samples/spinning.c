/* SPDX-License-Identifier: MIT */
/*
 * A loop that spins: it marks a connection at its end as finished, and closes it in a sweep 250 ms
 * later. Until then the connection stays in epoll, and its end stays readable: epoll_wait() never
 * sleeps, and the same EOF is read many thousand times.
 * finleak: late-close, reason spinning, a warning.
 */
#include "traffic.h"

#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

static int finished[1024];
static unsigned int finished_count;
static int sweep_timer;

static void sweep(void)
{
	while (finished_count)
		close(finished[--finished_count]); /* LEAK: closed */
}

static void finish_connection(int connection)
{
	const struct itimerspec soon = { .it_value.tv_nsec = 250 * 1000 * 1000 };
	unsigned int i;

	for (i = 0; i < finished_count; i++)
		if (finished[i] == connection)
			return;
	finished[finished_count++] = connection;
#ifdef FIXED
	sweep();
	return;
#endif
	if (finished_count == sizeof(finished) / sizeof(finished[0]))
		sweep();
	timerfd_settime(sweep_timer, 0, &soon, NULL);
}

static void serve_connection(int connection)
{
	char request[512];
	ssize_t length = recv(connection, request, sizeof(request), 0); /* LEAK: eof */

	if (length > 0)
		send(connection, request, length, MSG_NOSIGNAL);
	else
		finish_connection(connection);
}

static void watch(int epoll, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		perror("epoll_ctl");
}

static void accept_connection(int epoll, int listener)
{
	int connection = accept(listener, NULL, NULL); /* LEAK: opened */

	if (connection >= 0)
		watch(epoll, connection);
}

int main(int argc, char **argv)
{
	const struct peer peer = { "hello\n", "hello\n", PEER_CLOSES };
	int listener = traffic_begin(argc, argv, &peer, 1);
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	sweep_timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	watch(epoll, listener);
	watch(epoll, sweep_timer);
	while (traffic_wait(epoll)) {
		struct epoll_event event;
		unsigned long long expired;

		if (epoll_wait(epoll, &event, 1, 0) != 1)
			continue;
		if (event.data.fd == listener)
			accept_connection(epoll, listener);
		else if (event.data.fd != sweep_timer)
			serve_connection(event.data.fd);
		else if (read(sweep_timer, &expired, sizeof(expired)) > 0)
			sweep();
	}
	return 0;
}
