/* SPDX-License-Identifier: MIT */
/*
 * killed_young HOW CHILDREN: starts children and kills each before or while its recorder starts.
 * All inherit a listener. HOW: by "fork", or by "spawn" (posix_spawn()).
 */
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "fault.h"

#define STEPS   40
#define STEP_US 50

extern char **environ;

static void sleep_on(void)
{
	for (;;)
		pause();
}

static pid_t start(const char *how, char *program)
{
	char *const arguments[] = { program, (char[]){ "sleep" }, NULL };
	pid_t child;

	if (strcmp(how, "spawn") == 0) {
		must(posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environ) == 0,
		     "posix_spawn");
		return child;
	}
	child = fork();
	must(child >= 0, "fork");
	if (child == 0)
		sleep_on();
	return child;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	pid_t child;
	int i;

	if (argc == 2 && strcmp(argv[1], "sleep") == 0)
		sleep_on();
	must(argc == 3, "usage: killed_young HOW CHILDREN");
	loopback_listen(&address);
	for (i = 0; i < atoi(argv[2]); i++) {
		child = start(argv[1], argv[0]);
		usleep(i % STEPS * STEP_US);
		must(kill(child, SIGKILL) == 0, "kill");
		must(waitpid(child, NULL, 0) == child, "waitpid");
	}
	return 0;
}
