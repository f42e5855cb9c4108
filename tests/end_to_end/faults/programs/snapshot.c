/* SPDX-License-Identifier: MIT */
/*
 * snapshot task|worker: a server forks a child, which inherits its connections, serves on, and is
 * killed. "task": the child has work of its own, as the snapshots of redis, and ends when it is
 * done. "worker": it takes up connections itself.
 */
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "fault.h"

static struct sockaddr_in address;
static int listener;

static __attribute__((noinline)) void close_after_end(int fd)
{
	char byte;

	must(read(fd, &byte, 1) == 0, "read of EOF");
	must(close(fd) == 0, "close");
}

static void run_child(bool is_worker)
{
	int client;

	if (is_worker)
		accept_client(listener, &address, &client);
	pause_ms(5 * HOLD_MS);
	_exit(0);
}

static void serve(bool is_worker)
{
	int fds[FORGOTTEN], clients[FORGOTTEN], i;
	pid_t child;

	listener = loopback_listen(&address);
	for (i = 0; i < FORGOTTEN; i++)
		fds[i] = accept_client(listener, &address, &clients[i]);
	child = fork();
	must(child >= 0, "fork");
	if (child == 0)
		run_child(is_worker);
	for (i = 0; i < FORGOTTEN; i++) {
		/* The child has a copy of this one as well. */
		must(shutdown(clients[i], SHUT_WR) == 0, "shutdown");
		must(close(clients[i]) == 0, "close");
		close_after_end(fds[i]);
	}
	pause_ms(HOLD_MS);
	raise(SIGKILL);
}

int main(int argc, char **argv)
{
	int ends[2], status;
	pid_t server;
	char byte;

	must(argc == 2, "usage: snapshot task|worker");
	must(pipe(ends) == 0, "pipe");
	server = fork();
	must(server >= 0, "fork");
	if (server == 0) {
		close(ends[0]);
		serve(strcmp(argv[1], "worker") == 0);
	}
	close(ends[1]);
	must(waitpid(server, &status, 0) == server, "waitpid");
	/* EOF comes when the child has ended, too. */
	must(read(ends[0], &byte, 1) == 0, "read");
	return 0;
}
