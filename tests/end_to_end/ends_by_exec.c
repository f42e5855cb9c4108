/* SPDX-License-Identifier: MIT */
/*
 * ends_by_exec HOW FLAG ENVIRONMENT PROGRAM [ARG...]: reads the EOF of a connection that it
 * accepted, close-on-exec if FLAG is `cloexec`, and executes PROGRAM at once, with its own
 * ENVIRONMENT (`own`) or none (`none`).
 *
 * HOW: `exec` in its own place; `fork`, `vfork` and `spawn` in a child that it waits for, without
 * having closed the connection; `handed` in a forked child, and closes it itself.
 * `ends_by_exec closes` closes what it got so, descriptors 3 to 9.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int accept_ended(int flags)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), server;
	socklen_t size = sizeof(address);
	char byte;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 5) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) < 0 ||
	    connect(client, (struct sockaddr *)&address, size) < 0)
		return -1;
	server = accept4(listener, NULL, NULL, flags);
	close(client);
	close(listener);
	return read(server, &byte, 1) == 0 ? server : -1;
}

static pid_t start(const char *how, char **command, char **environment)
{
	pid_t child = -1;

	if (strcmp(how, "spawn") == 0)
		return posix_spawn(&child, command[0], NULL, NULL, command, environment) ? -1
											 : child;
	child = strcmp(how, "vfork") == 0 ? vfork() : fork();
	if (child == 0) {
		execve(command[0], command, environment);
		_exit(3);
	}
	return child;
}

int main(int argc, char **argv)
{
	char *none[] = { NULL };
	char **environment;
	int server, fd;
	pid_t child;

	if (argc == 2 && strcmp(argv[1], "closes") == 0) {
		for (fd = 3; fd < 10; fd++)
			close(fd);
		return 0;
	}
	if (argc < 5)
		return 2;
	environment = strcmp(argv[3], "own") == 0 ? environ : none;
	server = accept_ended(strcmp(argv[2], "cloexec") == 0 ? SOCK_CLOEXEC : 0);
	if (server < 0)
		return 2;
	if (strcmp(argv[1], "exec") == 0) {
		execve(argv[4], argv + 4, environment);
		return 3;
	}
	child = start(argv[1], argv + 4, environment);
	if (strcmp(argv[1], "handed") == 0)
		close(server);
	return child < 0 || waitpid(child, NULL, 0) < 0 ? 3 : 0;
}
