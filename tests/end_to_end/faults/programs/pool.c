/* SPDX-License-Identifier: MIT */
/*
 * pool PORT used|unused|drained [HOW]: a connection of a pool, whose peer hangs up while it is
 * idle, a while before the program ends. "unused": nobody ever sent anything over it; "drained":
 * its end was read. HOW it ends: "open" (it forgets three of them), or its clean-up closes the one
 * that it has: "return", "exit", "handler", "flag".
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "fault.h"

static int pool[FORGOTTEN], size = 1;

static __attribute__((noinline)) void use(int fd, bool to_the_end)
{
	char answer[64];

	must(write(fd, "q\n", 2) == 2, "write");
	must(read(fd, answer, sizeof(answer)) > 0, "read");
	while (to_the_end && read(fd, answer, sizeof(answer)) > 0)
		;
}

static __attribute__((noinline)) void clean_up(void)
{
	int i;

	for (i = 0; i < size; i++)
		must(close(pool[i]) == 0, "close");
}

static void end_in_handler(int signal_number)
{
	(void)signal_number;
	clean_up();
	_exit(0);
}

static void end(const char *how)
{
	if (strcmp(how, "open") == 0)
		return;
	if (strcmp(how, "exit") == 0) {
		must(atexit(clean_up) == 0, "atexit");
		exit(0);
	}
	if (strcmp(how, "return") == 0) {
		clean_up();
		return;
	}
	say_ready();
	wait_for_signal();
	clean_up();
}

int main(int argc, char **argv)
{
	const char *how = argc > 3 ? argv[3] : "open";
	int i;

	must(argc >= 3, "usage: pool PORT used|unused|drained [HOW]");
	catch_termination();
	if (strcmp(how, "handler") == 0)
		must(signal(SIGTERM, end_in_handler) != SIG_ERR, "signal");
	if (strcmp(how, "open") == 0)
		size = FORGOTTEN;
	for (i = 0; i < size; i++) {
		pool[i] = connect_to(atoi(argv[1]));
		if (strcmp(argv[2], "unused") != 0)
			use(pool[i], strcmp(argv[2], "drained") == 0);
	}
	pause_ms(2 * HOLD_MS);
	end(how);
	return 0;
}
