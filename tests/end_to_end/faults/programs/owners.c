/* SPDX-License-Identifier: MIT */
/*
 * owners PORT leaves|hands-over|closes: requests to a server that hangs up, which a function
 * further inside notices. fetch() has the descriptor in a variable, and returns ahead of its close;
 * but hand() has others close what it hands over. closes does so.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "fault.h"

static volatile int lines;

static __attribute__((noinline)) bool read_line(int fd)
{
	char line[64];
	bool is_line = read(fd, line, sizeof(line)) > 0;

	lines += is_line;
	return is_line;
}

static __attribute__((noinline)) bool read_answer(int fd)
{
	bool is_answer = read_line(fd);

	lines++;
	return is_answer;
}

static __attribute__((noinline)) void fetch(int port, bool is_tidy)
{
	int fd = connect_to(port);

	if (!read_answer(fd) && !is_tidy) {
		lines = 0;
		return;
	}
	close(fd);
}

static __attribute__((noinline)) void hand(int port)
{
	int fd = connect_to(port);

	if (port == 0) {
		close(fd);
		return;
	}
	read_answer(fd);
	lines = 0;
}

int main(int argc, char **argv)
{
	int port, i;

	must(argc == 3, "usage: owners PORT leaves|hands-over|closes");
	port = atoi(argv[1]);
	for (i = 0; i < FORGOTTEN; i++) {
		if (strcmp(argv[2], "hands-over") == 0)
			hand(port);
		else
			fetch(port, strcmp(argv[2], "closes") == 0);
	}
	pause_ms(HOLD_MS);
	return 0;
}
