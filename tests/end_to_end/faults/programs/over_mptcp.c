/* SPDX-License-Identifier: MIT */
/*
 * over_mptcp HOW: a server over MPTCP, whose accepted connections may all have the cookie of the
 * listener. Their peers send a byte and close; "eof": it reads both, "byte": that byte only,
 * "unread": neither; none of these closes; "closed": it reads both and closes. Skipped where the
 * kernel has no MPTCP.
 */
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "fault.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

#define SKIPPED 77

static struct sockaddr_in address = { .sin_family = AF_INET };
static int listener;

static bool begin_to_listen(void)
{
	socklen_t length = sizeof(address);

	listener = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
	if (listener < 0)
		return false;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(bind(listener, (struct sockaddr *)&address, length) == 0, "bind");
	must(listen(listener, FORGOTTEN) == 0, "listen");
	must(getsockname(listener, (struct sockaddr *)&address, &length) == 0, "getsockname");
	return true;
}

static __attribute__((noinline)) int accept_one(void)
{
	int client = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP), fd;

	must(connect(client, (struct sockaddr *)&address, sizeof(address)) == 0, "connect");
	fd = accept(listener, NULL, NULL);
	must(fd >= 0, "accept");
	must(write(client, "q", 1) == 1, "write");
	must(close(client) == 0, "close");
	return fd;
}

static __attribute__((noinline)) void read_request(int fd)
{
	char byte;

	must(read(fd, &byte, 1) == 1, "read of a request");
}

static __attribute__((noinline)) void read_end(int fd)
{
	char byte;

	read_request(fd);
	must(read(fd, &byte, 1) == 0, "read of EOF");
}

int main(int argc, char **argv)
{
	int i;

	must(argc == 2, "usage: over_mptcp eof|byte|unread|closed");
	if (!begin_to_listen())
		return SKIPPED;
	for (i = 0; i < FORGOTTEN; i++) {
		int fd = accept_one();

		if (strcmp(argv[1], "byte") == 0)
			read_request(fd);
		else if (strcmp(argv[1], "unread") != 0)
			read_end(fd);
		if (strcmp(argv[1], "closed") == 0)
			must(close(fd) == 0, "close");
	}
	/* Two samples a second apart judge what nobody reads. */
	pause_ms(strcmp(argv[1], "unread") == 0 || strcmp(argv[1], "byte") == 0 ? 4 * HOLD_MS
										: HOLD_MS);
	return 0;
}
