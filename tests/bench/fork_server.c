/* SPDX-License-Identifier: MIT */
/*
 * bench-fork-server CONNECTIONS PAGES: serves connections of its own, one after the other, with a
 * child for each, as PostgreSQL does. The child touches PAGES pages of its parent's memory, reads
 * to the end, closes and ends. Prints the CPU time of all for a connection, ns.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096

static void need(bool holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	exit(1);
}

static uint64_t cpu_ns(int who)
{
	struct rusage used;

	getrusage(who, &used);
	return (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000000 +
	       (uint64_t)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1000;
}

static void serve(int fd, volatile char *memory, int pages)
{
	char request[64];
	int i;

	for (i = 0; i < pages; i++)
		memory[(size_t)i * PAGE]++;
	while (recv(fd, request, sizeof(request), 0) > 0)
		send(fd, request, sizeof(request), MSG_NOSIGNAL);
	close(fd);
}

static void connection(int listener, const struct sockaddr_in *address, char *memory, int pages)
{
	int client = socket(AF_INET, SOCK_STREAM, 0), fd;
	pid_t child;

	need(connect(client, (const struct sockaddr *)address, sizeof(*address)) == 0, "connect");
	fd = accept(listener, NULL, NULL);
	need(fd >= 0, "accept");
	child = fork();
	need(child >= 0, "fork");
	if (child == 0) {
		close(listener);
		close(client);
		serve(fd, memory, pages);
		_exit(0);
	}
	close(fd);
	send(client, "hello", 5, MSG_NOSIGNAL);
	close(client);
	need(waitpid(child, NULL, 0) == child, "waitpid");
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM, 0), connections, pages, i;
	socklen_t length = sizeof(address);
	uint64_t before;
	char *memory;

	need(argc == 3, "usage: bench-fork-server CONNECTIONS PAGES");
	connections = atoi(argv[1]);
	pages = atoi(argv[2]);
	need(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0, "bind");
	need(listen(listener, 16) == 0, "listen");
	need(getsockname(listener, (struct sockaddr *)&address, &length) == 0, "getsockname");
	memory = malloc((size_t)pages * PAGE + 1);
	memset(memory, 1, (size_t)pages * PAGE + 1);
	for (i = 0; i < 20; i++)
		connection(listener, &address, memory, pages);
	before = cpu_ns(RUSAGE_SELF) + cpu_ns(RUSAGE_CHILDREN);
	for (i = 0; i < connections; i++)
		connection(listener, &address, memory, pages);
	printf("%" PRIu64 "\n",
	       (cpu_ns(RUSAGE_SELF) + cpu_ns(RUSAGE_CHILDREN) - before) / (uint64_t)connections);
	return 0;
}
