/* SPDX-License-Identifier: MIT */
/*
 * storm CHILDREN STACKS: a parent that has opened sockets by STACKS stacks, then a child for each
 * of its connections. Each child inherits one socket, and opens none.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "fault.h"

static int open_at(int path, int depth);

static __attribute__((noinline)) int go_left(int path, int depth)
{
	int fd = open_at(path, depth);

	__asm__ volatile("" : : : "memory");
	return fd;
}

static __attribute__((noinline)) int go_right(int path, int depth)
{
	int fd = open_at(path, depth);

	__asm__ volatile("" : : : "memory");
	return fd;
}

/* Each PATH is another stack. */
static __attribute__((noinline)) int open_at(int path, int depth)
{
	if (depth == 0)
		return socket(AF_INET, SOCK_STREAM, 0);
	return path % 2 ? go_left(path / 2, depth - 1) : go_right(path / 2, depth - 1);
}

int main(int argc, char **argv)
{
	int i;

	must(argc == 3, "usage: storm CHILDREN STACKS");
	for (i = 0; i < atoi(argv[2]); i++)
		must(close(open_at(i, 8)) == 0, "close");
	for (i = 0; i < atoi(argv[1]); i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		pid_t child = fork();

		must(child >= 0, "fork");
		if (child == 0) {
			close(fd);
			_exit(0);
		}
		close(fd);
		must(waitpid(child, NULL, 0) == child, "waitpid");
	}
	return 0;
}
