/* SPDX-License-Identifier: MIT */
/*
 * A half-closed connection that is fine: the peer has sent its request, ended its half and goes on
 * reading (as nc -N does), and the server sends it events. It was read to its end and is not
 * closed, and that is no leak: it is in use.
 * finleak: a note, reason half-closed. The fixed twin closes after ten events.
 */
#include "traffic.h"

#include <limits.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define STREAMS_MAX 64

#ifdef FIXED
#define EVENTS_MAX 10
#else
#define EVENTS_MAX UINT_MAX
#endif

struct stream {
	int connection;
	unsigned int events;
};

static struct stream streams[STREAMS_MAX];
static size_t stream_count;

static void watch(int epoll, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		perror("epoll_ctl");
}

static void accept_stream(int epoll, int listener)
{
	int connection = accept(listener, NULL, NULL); /* LEAK: opened */

	if (connection < 0)
		return;
	if (stream_count == STREAMS_MAX) {
		close(connection);
		return;
	}
	streams[stream_count++] = (struct stream){ .connection = connection };
	watch(epoll, connection);
}

static void read_request(int epoll, int connection)
{
	char request[512];

	/* No more will come; the events go on. */
	if (recv(connection, request, sizeof(request), 0) <= 0) /* LEAK: eof */
		epoll_ctl(epoll, EPOLL_CTL_DEL, connection, NULL);
}

/* Returns false when the stream has ended. */
static bool send_event(struct stream *stream)
{
	if (send(stream->connection, "event\n", 6, MSG_NOSIGNAL) == 6 &&
	    ++stream->events < EVENTS_MAX)
		return true;
	close(stream->connection);
	return false;
}

static void send_events(int timer)
{
	unsigned long long expired;
	size_t kept = 0;

	if (read(timer, &expired, sizeof(expired)) < 0)
		return;
	for (size_t i = 0; i < stream_count; i++) {
		if (send_event(&streams[i]))
			streams[kept++] = streams[i];
	}
	stream_count = kept;
}

static int start_timer(void)
{
	const struct timespec interval = { .tv_nsec = 20 * 1000 * 1000 };
	const struct itimerspec period = { .it_interval = interval, .it_value = interval };
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	timerfd_settime(timer, 0, &period, NULL);
	return timer;
}

int main(int argc, char **argv)
{
	const struct peer peer = { "GET /events\n", "event\n", PEER_READS_ON };
	int listener = traffic_begin(argc, argv, &peer, 1);
	int epoll = epoll_create1(EPOLL_CLOEXEC), timer = start_timer();

	watch(epoll, listener);
	watch(epoll, timer);
	while (traffic_wait(epoll) && !traffic_is_over()) {
		struct epoll_event event;

		if (epoll_wait(epoll, &event, 1, 0) != 1)
			continue;
		if (event.data.fd == listener)
			accept_stream(epoll, listener);
		else if (event.data.fd == timer)
			send_events(timer);
		else
			read_request(epoll, event.data.fd);
	}
	return 0;
}
