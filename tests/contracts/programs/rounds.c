/* SPDX-License-Identifier: MIT */
/*
 * rounds tcp|unix N: N sockets are opened, read to their end and closed, one after the other.
 * Then one is left with its end read.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "loopback.h"

static void unix_round(void)
{
	int ends[2];
	char byte;

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
	must(close(ends[1]) == 0, "close");
	must(read(ends[0], &byte, 1) == 0, "read of the end of stream");
	must(close(ends[0]) == 0, "close");
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	struct connection left;
	long i, rounds;
	int listener;

	must(argc == 3, "usage: rounds tcp|unix N");
	rounds = strtol(argv[2], NULL, 10);
	listener = loopback_listen(&address);
	for (i = 0; i < rounds; i++)
		if (strcmp(argv[1], "tcp") == 0)
			loopback_round(listener, &address);
		else
			unix_round();
	left = loopback_connect(listener, &address);
	loopback_read_eof(&left);
	return 0;
}
