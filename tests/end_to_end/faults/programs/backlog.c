/* SPDX-License-Identifier: MIT */
/*
 * backlog HOW: connections whose peers have gone while they wait to be accepted.
 *
 * slow      accepts one in 300 ms, in the order in which they came: the queue moves
 * slow-child a child does so; the parent, which listens, never accepts
 * slow-ended is ended by SIGTERM in the midst of that
 * stopping  after SIGTERM it accepts no more, and ends its work for a second
 * stuck     has accepted none for seconds, and goes on for longer than a sample takes
 */
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "fault.h"

#define WAITING 8
#define SERVED  5

static struct sockaddr_in address;
static int listener;

static void connect_and_leave(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	must(fd >= 0, "socket");
	must(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0, "connect");
	must(close(fd) == 0, "close");
}

static void serve(int after_ms)
{
	char byte;
	int fd;

	pause_ms(after_ms);
	fd = accept(listener, NULL, NULL);
	must(fd >= 0, "accept");
	must(read(fd, &byte, 1) == 0, "read of EOF");
	must(close(fd) == 0, "close");
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	int i, waiting = WAITING;
	pid_t child = -1;

	catch_termination();
	listener = loopback_listen(&address);
	if (strcmp(how, "stopping") == 0) {
		connect_and_leave();
		serve(0);
		pause_ms(1200);
		say_ready();
		wait_for_signal();
		waiting = 2;
	}
	for (i = 0; i < waiting; i++)
		connect_and_leave();
	if (strcmp(how, "slow-child") == 0) {
		child = fork();
		must(child >= 0, "fork");
	}
	if (strncmp(how, "slow", 4) == 0 && child <= 0)
		for (i = 0; i < SERVED; i++)
			serve(300);
	else if (child > 0)
		must(waitpid(child, NULL, 0) == child, "waitpid");
	else
		pause_ms(strcmp(how, "stuck") == 0 ? 4000 : 1000);
	if (strcmp(how, "slow-ended") == 0) {
		say_ready();
		wait_for_signal();
	}
	return 0;
}
