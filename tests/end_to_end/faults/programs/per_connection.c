/* SPDX-License-Identifier: MIT */
/*
 * per_connection HOW: forks a child for each connection, as inetd, tcpserver and many simple
 * servers do. The child reads the request to its end, works for a while, and ends, by HOW:
 * ending is how it closes. "keeps": so that there is something to find, the parent forgets its own
 * copy; "keeps_tidy": and closes it when it ends; "killed": the parent ends the child while that
 * sits on the end; "reset": its peer resets the connection; "reset_fork": the same, and a
 * grandchild serves it.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "fault.h"

#define WORK_MS 250

static __attribute__((noinline)) void read_to_the_end(int fd)
{
	char buffer[64];

	while (read(fd, buffer, sizeof(buffer)) > 0)
		;
}

static void become_shell(int fd)
{
	must(dup2(fd, STDIN_FILENO) == 0 && dup2(fd, STDOUT_FILENO) == 1, "dup2");
	must(close(fd) == 0, "close");
	execl("/bin/sh", "sh", "-c", "cat >/dev/null; sleep 0.25", (char *)NULL);
}

static void handle(int fd, const char *how)
{
	if (strcmp(how, "shell") == 0)
		become_shell(fd);
	/* The one that serves is nobody's child to wait for. */
	if (strcmp(how, "double_fork") == 0 && fork() != 0)
		_exit(0);
	/* One that waits for the one that serves has the socket as well. */
	if (strcmp(how, "reset_fork") == 0 && fork() != 0) {
		must(wait(NULL) > 0, "wait");
		_exit(0);
	}
	if (strcmp(how, "unread") != 0)
		read_to_the_end(fd);
	if (strcmp(how, "killed") == 0)
		pause();
	if (strcmp(how, "execs") == 0)
		execlp("sleep", "sleep", "0.25", (char *)NULL);
	pause_ms(WORK_MS);
	if (strcmp(how, "exit") == 0)
		exit(0);
	_exit(0);
}

/* One that took the connection itself has not got it from anybody. */
static void accept_itself(int listener, const struct sockaddr_in *address)
{
	pid_t child = fork();
	int client;

	must(child >= 0, "fork");
	if (child == 0) {
		int fd = accept_client(listener, address, &client);

		close(client);
		read_to_the_end(fd);
		pause_ms(WORK_MS);
		_exit(0);
	}
	must(wait(NULL) > 0, "wait");
}

static __attribute__((noinline)) pid_t start_child(int listener, int client, int fd,
						   const char *how)
{
	pid_t child = fork();

	must(child >= 0, "fork");
	if (child == 0) {
		close(listener);
		close(client);
		handle(fd, how);
	}
	if (strncmp(how, "keeps", 5) != 0)
		close(fd);
	return child;
}

static __attribute__((noinline)) void tidy_up(const int *fds)
{
	int i;

	for (i = 0; i < FORGOTTEN; i++)
		must(close(fds[i]) == 0, "close");
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), fds[FORGOTTEN], i;

	must(argc == 2, "usage: per_connection HOW");
	for (i = 0; i < FORGOTTEN; i++) {
		int client, fd;
		pid_t child;

		if (strcmp(argv[1], "own") == 0) {
			accept_itself(listener, &address);
			continue;
		}
		fd = fds[i] = accept_client(listener, &address, &client);
		child = start_child(listener, client, fd, argv[1]);
		must(write(client, "q", 1) == 1, "write");
		if (strncmp(argv[1], "reset", 5) == 0)
			reset_peer(client);
		else
			close(client);
		if (strcmp(argv[1], "killed") == 0) {
			pause_ms(WORK_MS);
			must(kill(child, SIGKILL) == 0, "kill");
		}
		must(wait(NULL) > 0, "wait");
	}
	close(listener);
	pause_ms(HOLD_MS);
	if (strcmp(argv[1], "keeps_tidy") == 0)
		tidy_up(fds);
	return 0;
}
