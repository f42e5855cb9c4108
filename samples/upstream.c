/* SPDX-License-Identifier: MIT */
#include "upstream.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BEAT_MS 50
/* Longer than finleak's --min-held (100 ms): an end just before the exit would be a note only. */
#define QUIET_MS 400

/* Readable when the server has closed the connections (one byte) or failed; then -1. */
static int server_closed = -1;
/* Closed by the first upstream_idle(): the answers have been read, the connections are idle. */
static int in_use = -1;
static bool serving;
static bool held; /* until standard input ends */
static int quiet_ms;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int listen_on_any_port(struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*address = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	if (listener < 0 || bind(listener, (struct sockaddr *)address, size) ||
	    listen(listener, 64) || getsockname(listener, (struct sockaddr *)address, &size))
		die("upstream: listen");
	return listener;
}

static int serve_one(int listener)
{
	int connection = accept(listener, NULL, NULL);
	char request[512];
	size_t length = 0;

	if (connection < 0)
		die("upstream: accept");
	while (length < sizeof(request) && read(connection, request + length, 1) == 1) {
		if (request[length++] != '\n')
			continue;
		if (send(connection, "hello\n", 6, MSG_NOSIGNAL) == 6)
			return connection;
		break;
	}
	fprintf(stderr, "upstream: no request\n");
	exit(1);
}

/* Does not return. */
static void run_server(int count, int address_to, int used_from, int closed_to)
{
	char byte;
	int *connections = calloc(count, sizeof(*connections));
	struct sockaddr_in address;
	int listener = listen_on_any_port(&address);

	if (!connections || write(address_to, &address, sizeof(address)) != sizeof(address))
		exit(1);
	for (int i = 0; i < count; i++)
		connections[i] = serve_one(listener);
	/* A FIN right behind an unread answer would be taken from the socket along with it. */
	if (read(used_from, &byte, 1) != 0)
		exit(1);
	for (int i = 0; i < count; i++)
		close(connections[i]);
	close(listener);
	free(connections);
	_exit(write(closed_to, "", 1) == 1 ? 0 : 1);
}

int upstream_begin(int argc, char **argv, struct sockaddr_in *address)
{
	int address_pipe[2], used_pipe[2], closed_pipe[2], count = 4;
	pid_t child;

	if (argc == 2 && !strcmp(argv[1], "--serve")) {
		serving = true;
	} else if (argc >= 3 && !strcmp(argv[1], "--self-test")) {
		count = atoi(argv[2]);
		held = argc == 4 && !strcmp(argv[3], "--hold");
	} else if (argc > 1) {
		fprintf(stderr, "usage: %s [--self-test N [--hold] | --serve]\n", argv[0]);
		exit(2);
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (pipe(address_pipe) || pipe(used_pipe) || pipe(closed_pipe))
		die("pipe");
	child = fork();
	if (child < 0)
		die("fork");
	if (child == 0) {
		close(address_pipe[0]);
		close(used_pipe[1]);
		close(closed_pipe[0]);
		run_server(count, address_pipe[1], used_pipe[0], closed_pipe[1]);
	}
	close(address_pipe[1]);
	close(used_pipe[0]);
	close(closed_pipe[1]);
	in_use = used_pipe[1];
	server_closed = closed_pipe[0];
	if (read(address_pipe[0], address, sizeof(*address)) != sizeof(*address))
		exit(1);
	close(address_pipe[0]);
	return count;
}

static void note_closed(void)
{
	char byte;

	if (read(server_closed, &byte, 1) != 1) {
		fprintf(stderr, "the upstream server failed\n");
		exit(1);
	}
	close(server_closed);
	server_closed = -1;
	printf("ready\n");
}

bool upstream_idle(void)
{
	struct pollfd waited[] = {
		{ .fd = server_closed, .events = POLLIN },
		{ .fd = held ? STDIN_FILENO : -1, .events = POLLIN },
	};
	bool quiet;

	if (in_use >= 0)
		close(in_use);
	in_use = -1;
	quiet = poll(waited, 2, BEAT_MS) == 0;
	if (waited[0].revents)
		note_closed();
	if (waited[1].revents)
		held = false;
	if (quiet && !held && server_closed < 0)
		quiet_ms += BEAT_MS;
	return serving || quiet_ms < QUIET_MS;
}
