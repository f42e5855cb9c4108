/* SPDX-License-Identifier: MIT */
/*
 * slow_reader PAUSE_MS HOW: the peer has sent much and closed. The program reads it all the time,
 * with pauses of PAUSE_MS, as a rate limit has it, and is ended midway: by a signal ("on") or by
 * itself ("exit"). "stops": it no longer reads, and that is a leak.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "fault.h"

static __attribute__((noinline)) void read_slowly(int fd, int pause, int rounds)
{
	char buffer[64];

	for (; rounds != 0 && read(fd, buffer, sizeof(buffer)) > 0; rounds--)
		pause_ms(pause);
}

int main(int argc, char **argv)
{
	static const char much[40000];
	struct sockaddr_in address;
	int listener = loopback_listen(&address), client, pause, fd;

	must(argc == 3, "usage: slow_reader PAUSE_MS on|exit|stops");
	pause = atoi(argv[1]);
	fd = accept_client(listener, &address, &client);
	must(send(client, much, sizeof(much), 0) == sizeof(much), "send");
	close(client);
	read_slowly(fd, pause, 600 / pause);
	if (strcmp(argv[2], "stops") == 0)
		pause_ms(2 * HOLD_MS);
	say_ready();
	if (strcmp(argv[2], "on") == 0)
		read_slowly(fd, pause, -1);
	return 0;
}
