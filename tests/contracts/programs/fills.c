/* SPDX-License-Identifier: MIT */
/*
 * fills once: works with many sockets and prints how each call ended.
 * fills while: the same, but stops twice (a line on stdout, a line wanted on stdin), so that the
 * disk can fill up and have room again in between. Its status is 7.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "loopback.h"

static int listener = -1;
static struct sockaddr_in address;

static void say(const char *what, long result)
{
	printf("%s: %ld, errno %d\n", what, result < 0 ? result : 0, result < 0 ? errno : 0);
}

/* Each DEPTH is another stack. */
static __attribute__((noinline)) int open_at(int depth)
{
	int fd = depth > 0 ? open_at(depth - 1) : socket(AF_INET, SOCK_STREAM, 0);

	__asm__ volatile("" : : : "memory");
	return fd;
}

static void work(int sockets)
{
	int *fds = calloc((size_t)sockets, sizeof(*fds)), i;
	struct linger reset = { .l_onoff = 1 };
	long failed = 0;

	must(fds, "calloc");
	for (i = 0; i < sockets; i++) {
		fds[i] = open_at(i % 200);
		failed += fds[i] < 0;
	}
	errno = 0;
	say("socket", -failed);
	say("dup2", dup2(fds[0], 100));
	say("bad close", close(9999));
	for (i = 0; i < 100 && listener >= 0; i++) {
		int client = socket(AF_INET, SOCK_STREAM, 0), server;
		char byte;

		if (client < 0 || connect(client, (struct sockaddr *)&address, sizeof(address)) < 0)
			break;
		server = accept(listener, NULL, NULL);
		shutdown(client, SHUT_WR);
		if (read(server, &byte, 1) != 0)
			say("read", -1);
		setsockopt(server, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(server);
		close(client);
	}
	printf("rounds: %d\n", i);
	/* An odd number stays open. */
	for (i = 0; i < sockets; i++)
		if (i % 7 && close(fds[i]) < 0)
			say("close", -1);
	free(fds);
}

static void step(const char *text)
{
	char byte;

	printf("%s\n", text);
	fflush(stdout);
	do
		must(read(STDIN_FILENO, &byte, 1) == 1, "read of stdin");
	while (byte != '\n');
}

int main(int argc, char **argv)
{
	struct connection left;

	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener >= 0) {
		close(listener);
		listener = loopback_listen(&address);
	}
	if (argc > 1 && strcmp(argv[1], "while") == 0) {
		work(20);
		step("fill");
		work(2000);
		step("empty");
		left = loopback_connect(listener, &address);
		loopback_read_eof(&left);
		printf("%" PRIu64 "\n", cookie_of(left.server));
		fflush(stdout);
	}
	work(500);
	return 7;
}
