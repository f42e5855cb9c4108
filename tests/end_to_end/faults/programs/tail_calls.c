/* SPDX-License-Identifier: MIT */
/*
 * tail_calls drain|serve|keep: forgets connections. The function that learns of their end does so
 * by a jump at the end of its work, which leaves no frame: drain() to the call, serve() to
 * next_byte(), which jumps to the call, keep() to a function that makes it.
 */
#include <string.h>
#include <sys/socket.h>
#include "fault.h"

static volatile int served;
static char byte;

/* Who calls it does more than make a call for another one. */
static __attribute__((noinline)) void count_use(void)
{
	served++;
}

static __attribute__((noinline)) ssize_t next_byte(int fd)
{
	count_use();
	return recv(fd, &byte, sizeof(byte), 0);
}

static __attribute__((noinline)) ssize_t read_and_count(int fd)
{
	ssize_t length = recv(fd, &byte, sizeof(byte), 0);

	count_use();
	return length;
}

/* Equal to next_byte() the compiler would make one of the two. */
static __attribute__((noinline)) ssize_t drain(int fd)
{
	count_use();
	return recv(fd, &byte, sizeof(byte), MSG_NOSIGNAL);
}

static __attribute__((noinline)) ssize_t serve(int fd)
{
	count_use();
	return next_byte(fd);
}

static __attribute__((noinline)) ssize_t keep(int fd)
{
	count_use();
	return read_and_count(fd);
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	struct sockaddr_in address;
	int listener = loopback_listen(&address), i;

	for (i = 0; i < FORGOTTEN; i++) {
		int client, fd = accept_client(listener, &address, &client);

		shutdown(client, SHUT_WR);
		if (strcmp(mode, "drain") == 0)
			must(drain(fd) == 0, "read of EOF");
		else if (strcmp(mode, "keep") == 0)
			must(keep(fd) == 0, "read of EOF");
		else
			must(serve(fd) == 0, "read of EOF");
	}
	pause_ms(HOLD_MS);
	return 0;
}
