/* SPDX-License-Identifier: MIT */
#include "traffic.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Longer than finleak's --min-held (100 ms): an EOF just before the exit would be a note only. */
#define QUIET_MS 400

#define PAUSE_MS 5

/* Readable when the peers have left; -1 in --serve. One byte in it: all of them had their reply. */
static int peers_left = -1;
static bool serving;
static struct timespec left_at;
static bool held; /* until standard input ends */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int listen_for_traffic(int listener)
{
	return listen(listener, 64);
}

static int listen_on(unsigned int port, struct sockaddr_in *address,
		     int (*start_listening)(int listener))
{
	socklen_t size = sizeof(*address);
	int one = 1;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*address = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	if (listener < 0)
		die("socket");
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)address, size) || start_listening(listener))
		die("bind");
	if (getsockname(listener, (struct sockaddr *)address, &size))
		die("getsockname");
	return listener;
}

/* Unread bytes would turn the peer's close into a reset, so it reads all of its reply. */
static void read_reply(int connection, const char *end)
{
	size_t length = 0, end_length = strlen(end);
	char reply[1024];

	while (length < sizeof(reply) && read(connection, reply + length, 1) == 1) {
		length++;
		if (length >= end_length && !memcmp(reply + length - end_length, end, end_length))
			return;
	}
	fprintf(stderr, "peer: no reply\n");
	exit(1);
}

static void read_to_end(int connection)
{
	char byte;

	while (read(connection, &byte, 1) == 1)
		;
}

/* Returns the connection where the peer reads on, else -1. */
static int visit(const struct sockaddr_in *server, const struct peer *peer)
{
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	size_t length = strlen(peer->request);
	int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connection < 0 || connect(connection, (const struct sockaddr *)server, sizeof(*server)))
		die("peer: connect");
	if (send(connection, peer->request, length, MSG_NOSIGNAL) != (ssize_t)length)
		die("peer: send");
	if (peer->reply_end)
		read_reply(connection, peer->reply_end);
	if (peer->farewell == PEER_READS_ON) {
		shutdown(connection, SHUT_WR);
		return connection;
	}
	if (peer->farewell == PEER_READS_TO_END)
		read_to_end(connection);
	if (peer->farewell == PEER_RESETS)
		setsockopt(connection, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(connection);
	return -1;
}

static int visit_all(const struct sockaddr_in *server, const struct peer *peers, size_t count,
		     int visits, int left_to)
{
	int *readers = calloc(visits, sizeof(*readers));
	int written;

	if (!readers)
		return 1;
	for (int i = 0; i < visits; i++)
		readers[i] = visit(server, &peers[i % count]);
	written = write(left_to, "", 1);
	for (int i = 0; i < visits; i++) {
		if (readers[i] < 0)
			continue;
		read_to_end(readers[i]);
		close(readers[i]);
	}
	free(readers);
	return written == 1 ? 0 : 1;
}

/*
 * The peers' process is forked before the listener is opened, so that it holds no socket of the
 * server; it learns the address through ADDRESS_FROM.
 */
static void start_peers(const struct peer *peers, size_t count, int visits, int *address_to)
{
	int address_pipe[2], left_pipe[2];
	struct sockaddr_in server;
	pid_t child;

	if (pipe(address_pipe) || pipe(left_pipe))
		die("pipe");
	child = fork();
	if (child < 0)
		die("fork");
	if (child > 0) {
		close(address_pipe[0]);
		close(left_pipe[1]);
		peers_left = left_pipe[0];
		*address_to = address_pipe[1];
		return;
	}
	close(address_pipe[1]);
	close(left_pipe[0]);
	if (read(address_pipe[0], &server, sizeof(server)) != sizeof(server))
		_exit(1);
	_exit(visit_all(&server, peers, count, visits, left_pipe[1]));
}

int traffic_begin(int argc, char **argv, const struct peer *peers, size_t count)
{
	return traffic_begin_with(argc, argv, peers, count, listen_for_traffic);
}

int traffic_begin_with(int argc, char **argv, const struct peer *peers, size_t count,
		       int (*start_listening)(int listener))
{
	int visits = 4, port = 0, address_to = -1, listener;
	struct sockaddr_in address;

	if (argc >= 2 && !strcmp(argv[1], "--serve")) {
		serving = true;
		port = argc > 2 ? atoi(argv[2]) : 0;
	} else if (argc >= 3 && !strcmp(argv[1], "--self-test")) {
		visits = atoi(argv[2]);
		held = argc == 4 && !strcmp(argv[3], "--hold");
	} else if (argc > 1) {
		fprintf(stderr, "usage: %s [--self-test N [--hold] | --serve [PORT]]\n", argv[0]);
		exit(2);
	}
	if (!serving)
		start_peers(peers, count, visits, &address_to);
	listener = listen_on(port, &address, start_listening);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("listening on 127.0.0.1:%u\n", ntohs(address.sin_port));
	fflush(stdout);
	if (serving)
		return listener;
	if (write(address_to, &address, sizeof(address)) != sizeof(address))
		die("write");
	close(address_to);
	return listener;
}

/* The peers are gone: all is well if they reported it first. */
static void take_leave(void)
{
	char byte;

	if (read(peers_left, &byte, 1) != 1) {
		fprintf(stderr, "a peer failed\n");
		exit(1);
	}
	close(peers_left);
	peers_left = -1;
	clock_gettime(CLOCK_MONOTONIC, &left_at);
}

bool traffic_wait(int fd)
{
	for (;;) {
		struct pollfd waited[] = {
			{ .fd = fd, .events = POLLIN },
			{ .fd = peers_left, .events = POLLIN },
			{ .fd = held ? STDIN_FILENO : -1, .events = POLLIN },
		};
		bool quiet_ends_it = !serving && !held && peers_left < 0;

		if (poll(waited, 3, quiet_ends_it ? QUIET_MS : -1) == 0)
			return false;
		if (waited[2].revents)
			held = false;
		if (waited[1].revents)
			take_leave();
		if (waited[0].revents)
			return true;
	}
}

bool traffic_is_over(void)
{
	struct timespec now;

	if (serving || held || peers_left >= 0)
		return false;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - left_at.tv_sec) * 1000 + (now.tv_nsec - left_at.tv_nsec) / 1000000 >=
	       QUIET_MS;
}

bool traffic_pause(void)
{
	struct pollfd waited[] = {
		{ .fd = peers_left, .events = POLLIN },
		{ .fd = held ? STDIN_FILENO : -1, .events = POLLIN },
	};

	poll(waited, 2, PAUSE_MS);
	if (waited[1].revents)
		held = false;
	if (waited[0].revents)
		take_leave();
	return !traffic_is_over();
}
