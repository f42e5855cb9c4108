/* SPDX-License-Identifier: MIT */
#include "cases.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include "frames.h"
#include "loopback.h"

#define BYTES       64
#define TRANSFERS   1000
#define SENDS       200
#define CONNECTIONS 20

/* --- bytes over a connection that stays --- */

static int ends[2]; /* [0] the peer, bare; [1] ours, known to the recorder */
static char stock[TRANSFERS * BYTES];

static void connect_pair(const struct bench_case *self)
{
	(void)self;
	loopback_pair(ends, &recorded);
}

static void fill(int count)
{
	ssize_t length = (ssize_t)count * BYTES;

	must(bare.send(ends[0], stock, length, 0) == length, "send");
	must(bare.recv(ends[1], stock, length, MSG_PEEK | MSG_WAITALL) == length, "recv");
}

static void drain(int count)
{
	ssize_t length = (ssize_t)count * BYTES;

	must(bare.recv(ends[0], stock, length, MSG_WAITALL) == length, "recv");
}

static struct took run_recv(const struct bench_case *self, const struct calls *set, int count)
{
	uint64_t start;
	int i;

	(void)self;
	fill(count);
	start = clock_now();
	for (i = 0; i < count; i++)
		if (set->recv(ends[1], stock, BYTES, 0) != BYTES)
			abort();
	return (struct took){ .whole_ns = clock_now() - start };
}

static struct took run_read(const struct bench_case *self, const struct calls *set, int count)
{
	uint64_t start;
	int i;

	(void)self;
	fill(count);
	start = clock_now();
	for (i = 0; i < count; i++)
		if (set->read(ends[1], stock, BYTES) != BYTES)
			abort();
	return (struct took){ .whole_ns = clock_now() - start };
}

static struct took run_eagain(const struct bench_case *self, const struct calls *set, int count)
{
	uint64_t start = clock_now();
	int i;

	(void)self;
	for (i = 0; i < count; i++)
		if (set->recv(ends[1], stock, BYTES, MSG_DONTWAIT) != -1)
			abort();
	return (struct took){ .whole_ns = clock_now() - start };
}

static struct took run_send(const struct bench_case *self, const struct calls *set, int count)
{
	uint64_t start = clock_now(), end;
	int i;

	(void)self;
	for (i = 0; i < count; i++)
		if (set->send(ends[1], stock, BYTES, 0) != BYTES)
			abort();
	end = clock_now();
	drain(count);
	return (struct took){ .whole_ns = end - start };
}

static struct took run_write(const struct bench_case *self, const struct calls *set, int count)
{
	uint64_t start = clock_now(), end;
	int i;

	(void)self;
	for (i = 0; i < count; i++)
		if (set->write(ends[1], stock, BYTES) != BYTES)
			abort();
	end = clock_now();
	drain(count);
	return (struct took){ .whole_ns = end - start };
}

/* --- whole connections: accept, EOF, close --- */

struct server {
	const struct bench_case *as;
	const struct calls *set;
	int listener;
	int epoll;
	int left; /* connections that have not been closed yet */
};

struct event {
	struct server *server;
	int fd;
};

/* The clients, bare in all rounds, come and go before the server looks. */
static void send_clients(const struct sockaddr_in *address, int count)
{
	int i;

	for (i = 0; i < count; i++)
		bare.close(loopback_client(address));
}

static void meet_end(void *argument)
{
	struct event *event = argument;
	struct server *server = event->server;
	char byte;

	if (server->set->recv(event->fd, &byte, 1, 0) != 0 || server->set->close(event->fd) != 0)
		abort();
}

static void accept_one(void *argument)
{
	struct event *event = argument;

	event->fd = event->server->set->accept4(event->server->listener, NULL, NULL, SOCK_NONBLOCK);
}

static void watch(const struct server *server, int fd)
{
	struct epoll_event interest = { .events = EPOLLIN, .data.fd = fd };

	must(server->set->epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &interest) == 0, "epoll_ctl");
}

static void accept_all(struct server *server)
{
	struct event event = { .server = server };
	static int depth;

	for (;;) {
		frames_below(server->as->frames, &depth, accept_one, &event);
		if (event.fd < 0)
			return;
		watch(server, event.fd);
	}
}

static void end_one(struct server *server, int fd)
{
	struct event event = { .server = server, .fd = fd };
	static int depth;

	frames_below(server->as->frames, &depth, meet_end, &event);
	server->left--;
}

static void event_loop(struct server *server)
{
	struct epoll_event events[CONNECTIONS + 1];
	int i, n;

	while (server->left > 0) {
		n = epoll_wait(server->epoll, events, CONNECTIONS + 1, -1);
		for (i = 0; i < n; i++) {
			if (events[i].data.fd == server->listener)
				accept_all(server);
			else
				end_one(server, events[i].data.fd);
		}
	}
}

static void serve_one(void *argument)
{
	struct event *event = argument;
	struct server *server = event->server;
	char request[BYTES];

	if (server->set->recv(event->fd, request, BYTES, 0) != BYTES ||
	    server->set->send(event->fd, request, BYTES, MSG_NOSIGNAL) != BYTES)
		abort();
}

/* A request, its reply, EOF and the close: a stack of each. */
static struct took run_served(const struct bench_case *self, const struct calls *set, int count)
{
	struct server server = { .as = self, .set = set };
	struct server known = { .as = self, .set = self->only_uses ? &recorded : set };
	struct event event;
	struct sockaddr_in address;
	uint64_t start, end;
	static int depth;
	int client;

	server.listener = known.listener = loopback_listen(&address, &bare);
	start = clock_now();
	while (count-- > 0) {
		client = loopback_client(&address);
		must(bare.send(client, stock, BYTES, 0) == BYTES, "send");
		event.server = &known;
		frames_below(self->frames, &depth, accept_one, &event);
		must(event.fd >= 0, "accept4");
		event.server = &server;
		frames_below(self->frames, &depth, serve_one, &event);
		must(bare.recv(client, stock, BYTES, MSG_WAITALL) == BYTES, "recv");
		bare.close(client);
		event.server = &known;
		frames_below(self->frames, &depth, meet_end, &event);
	}
	end = clock_now();
	bare.close(server.listener);
	return (struct took){ .whole_ns = end - start };
}

static struct took run_event_loop(const struct bench_case *self, const struct calls *set, int count)
{
	struct server server = { .as = self, .set = set, .left = count };
	struct sockaddr_in address;
	uint64_t start, arrived, end;

	server.listener = loopback_listen(&address, &bare);
	server.epoll = epoll_create1(0);
	must(server.epoll >= 0, "epoll_create1");
	watch(&server, server.listener);

	start = clock_now();
	send_clients(&address, count);
	arrived = clock_now();
	event_loop(&server);
	end = clock_now();

	bare.close(server.epoll);
	bare.close(server.listener);
	return (struct took){ .whole_ns = end - start, .server_ns = end - arrived };
}

static void *end_in_thread(void *argument)
{
	struct event *event = argument;
	static int depth;

	frames_below(event->server->as->frames, &depth, meet_end, event);
	return NULL;
}

static void accept_into_threads(struct server *server, int count)
{
	struct event events[CONNECTIONS];
	pthread_t threads[CONNECTIONS];
	static int depth;
	int i;

	for (i = 0; i < count; i++) {
		events[i] = (struct event){ .server = server };
		frames_below(server->as->frames, &depth, accept_one, &events[i]);
		must(events[i].fd >= 0, "accept4");
		must(pthread_create(&threads[i], NULL, end_in_thread, &events[i]) == 0,
		     "pthread_create");
	}
	for (i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}

static struct took run_threads(const struct bench_case *self, const struct calls *set, int count)
{
	struct server server = { .as = self, .set = set };
	struct sockaddr_in address;
	uint64_t start, arrived, end;

	server.listener = loopback_listen(&address, &bare);

	start = clock_now();
	send_clients(&address, count);
	arrived = clock_now();
	accept_into_threads(&server, count);
	end = clock_now();

	bare.close(server.listener);
	return (struct took){ .whole_ns = end - start, .server_ns = end - arrived };
}

static void nothing(const struct bench_case *self)
{
	(void)self;
}

void hold_open(int count)
{
	struct rlimit limit;

	must(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
	limit.rlim_cur = limit.rlim_max;
	must(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
	while (count-- > 0)
		must(recorded.socket(AF_INET, SOCK_STREAM, 0) >= 0, "socket");
}

static void hold(const struct bench_case *self)
{
	hold_open(self->held);
}

const struct bench_case bench_cases[] = {
	{ .name = "recv", .batch = TRANSFERS, .prepare = connect_pair, .run = run_recv },
	{ .name = "read", .batch = TRANSFERS, .prepare = connect_pair, .run = run_read },
	{ .name = "recv-eagain", .batch = TRANSFERS, .prepare = connect_pair, .run = run_eagain },
	{ .name = "send", .batch = SENDS, .prepare = connect_pair, .run = run_send },
	{ .name = "write", .batch = SENDS, .prepare = connect_pair, .run = run_write },
	{ .name = "connection-8",
	  .batch = CONNECTIONS,
	  .frames = 8,
	  .prepare = nothing,
	  .run = run_event_loop },
	{ .name = "connection-20",
	  .batch = CONNECTIONS,
	  .frames = 20,
	  .prepare = nothing,
	  .run = run_event_loop },
	{ .name = "served-8",
	  .batch = CONNECTIONS,
	  .frames = 8,
	  .prepare = nothing,
	  .run = run_served },
	{ .name = "uses-8",
	  .batch = CONNECTIONS,
	  .frames = 8,
	  .prepare = nothing,
	  .run = run_served,
	  .only_uses = true },
	{ .name = "thread-8",
	  .batch = CONNECTIONS,
	  .frames = 8,
	  .prepare = nothing,
	  .run = run_threads },
	{ .name = "thread-20",
	  .batch = CONNECTIONS,
	  .frames = 20,
	  .prepare = nothing,
	  .run = run_threads },
	{ .name = "held-10",
	  .batch = CONNECTIONS,
	  .frames = 8,
	  .prepare = hold,
	  .run = run_event_loop,
	  .held = 10 },
	{ .name = "held-1000",
	  .batch = CONNECTIONS,
	  .frames = 8,
	  .prepare = hold,
	  .run = run_event_loop,
	  .held = 1000 },
	{ .name = "held-18000",
	  .batch = CONNECTIONS,
	  .frames = 8,
	  .prepare = hold,
	  .run = run_event_loop,
	  .held = 18000 },
	{ .name = "together-1",
	  .batch = CONNECTIONS,
	  .frames = 8,
	  .prepare = nothing,
	  .run = run_together,
	  .threads = 1 },
	{ .name = "together-2",
	  .batch = CONNECTIONS,
	  .frames = 8,
	  .prepare = nothing,
	  .run = run_together,
	  .threads = 2 },
	{ .name = "together-4",
	  .batch = CONNECTIONS,
	  .frames = 8,
	  .prepare = nothing,
	  .run = run_together,
	  .threads = 4 },
	{ .name = "together-8",
	  .batch = CONNECTIONS,
	  .frames = 8,
	  .prepare = nothing,
	  .run = run_together,
	  .threads = 8 },
};
const int bench_case_count = sizeof(bench_cases) / sizeof(bench_cases[0]);
