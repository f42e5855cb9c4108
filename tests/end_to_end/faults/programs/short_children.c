/* SPDX-License-Identifier: MIT */
/*
 * short_children HOW: the peer hangs up, the program is busy for a while, runs children that live
 * for a moment, and closes. It goes on after that. Every socket is closed by its owner.
 */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "fault.h"

#define BUSY_MS 200

static void wait_for(pid_t child)
{
	must(child > 0 && waitpid(child, NULL, 0) == child, "a child");
}

static void run_fork(int fd)
{
	pid_t child = fork();

	(void)fd;
	if (child == 0)
		_exit(0);
	wait_for(child);
}

static void run_fork_that_closes(int fd)
{
	pid_t child = fork();

	if (child == 0) {
		close(fd);
		_exit(0);
	}
	wait_for(child);
}

static void run_system(int fd)
{
	(void)fd;
	must(system("/bin/true") == 0, "system");
}

static void run_popen(int fd)
{
	FILE *output = popen("/bin/true", "r");

	(void)fd;
	must(output && pclose(output) == 0, "popen");
}

static void run_spawn(int fd)
{
	char *argv[] = { (char[]){ "true" }, NULL };
	pid_t child;

	(void)fd;
	must(posix_spawn(&child, "/bin/true", NULL, NULL, argv, environ) == 0, "posix_spawn");
	wait_for(child);
}

static void run_vfork(int fd)
{
	pid_t child = vfork();

	(void)fd;
	if (child == 0) {
		execl("/bin/true", "true", (char *)NULL);
		_exit(127);
	}
	wait_for(child);
}

/* One that was born before the end, and closes its copy after its parent. */
static void run_later_close(int fd)
{
	pid_t child = fork();

	if (child == 0) {
		pause_ms(BUSY_MS);
		close(fd);
		pause_ms(BUSY_MS);
		_exit(0);
	}
}

static const struct {
	const char *name;
	void (*run)(int fd);
} children[] = {
	{ "fork", run_fork },
	{ "fork_that_closes", run_fork_that_closes },
	{ "system", run_system },
	{ "popen", run_popen },
	{ "spawn", run_spawn },
	{ "vfork", run_vfork },
	{ "later_close", run_later_close },
};

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), i;
	size_t k;
	char byte;

	must(argc == 3, "usage: short_children HOW read|unread");
	for (i = 0; i < FORGOTTEN; i++) {
		int client, fd = accept_client(listener, &address, &client);

		close(client);
		if (strcmp(argv[2], "read") == 0)
			must(read(fd, &byte, 1) == 0, "read of EOF");
		run_fork_that_closes(fd);
		pause_ms(BUSY_MS);
		for (k = 0; k < sizeof(children) / sizeof(children[0]); k++)
			if (strcmp(children[k].name, argv[1]) == 0)
				children[k].run(fd);
		close(fd);
	}
	pause_ms(HOLD_MS);
	while (wait(NULL) > 0)
		;
	return 0;
}
