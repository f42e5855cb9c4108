/* SPDX-License-Identifier: MIT */
/*
 * half_close PORT HOW: has sent its request, ended its own direction and waits for the answers when
 * it ends, by HOW. Nothing is finished: the peer may still answer.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "fault.h"

static int requests[FORGOTTEN];

static void close_all(void)
{
	int i;

	for (i = 0; i < FORGOTTEN; i++)
		close(requests[i]);
}

static __attribute__((noinline)) int send_request(int port)
{
	int fd = connect_to(port);

	must(write(fd, "q", 1) == 1, "write");
	must(shutdown(fd, SHUT_WR) == 0, "shutdown");
	return fd;
}

int main(int argc, char **argv)
{
	int i;

	must(argc == 3, "usage: half_close PORT atexit|return|flag|open");
	catch_termination();
	for (i = 0; i < FORGOTTEN; i++)
		requests[i] = send_request(atoi(argv[1]));
	pause_ms(HOLD_MS);
	say_ready();
	if (strcmp(argv[2], "atexit") == 0)
		must(atexit(close_all) == 0, "atexit");
	if (strcmp(argv[2], "flag") == 0)
		wait_for_signal();
	if (strcmp(argv[2], "flag") == 0 || strcmp(argv[2], "return") == 0)
		close_all();
	return 0;
}
