/* SPDX-License-Identifier: MIT */
/*
 * half_served: answers one request of each connection; every second one takes an early return and
 * is not closed. Nobody reads EOF.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "fault.h"

static __attribute__((noinline)) void finish(int fd)
{
	must(close(fd) == 0, "close");
}

static __attribute__((noinline)) void serve(int fd, bool returns_early)
{
	char request[16];

	must(read(fd, request, sizeof(request)) > 0, "read");
	must(send(fd, "x", 1, MSG_NOSIGNAL) == 1, "send");
	if (!returns_early)
		finish(fd);
}

/* The same as a client: PORT answers. */
static __attribute__((noinline)) void fetch(int port, bool returns_early)
{
	int fd = connect_to(port);
	char answer[64];

	must(write(fd, "q", 1) == 1 && read(fd, answer, sizeof(answer)) > 0, "a request");
	if (!returns_early)
		finish(fd);
}

static void serve_one(int listener, const struct sockaddr_in *address, bool returns_early)
{
	int client, fd = accept_client(listener, address, &client);
	char answer;

	must(send(client, "q", 1, 0) == 1, "send");
	serve(fd, returns_early);
	must(recv(client, &answer, 1, 0) == 1, "recv");
	close(client);
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), i;

	for (i = 0; i < 10; i++) {
		if (argc > 1)
			fetch(atoi(argv[1]), i % 2 == 1);
		else
			serve_one(listener, &address, i % 2 == 1);
	}
	pause_ms(HOLD_MS);
	return 0;
}
