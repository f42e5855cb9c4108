/* SPDX-License-Identifier: MIT */
/* A user's own native code: reads an EOF itself, or has a callback do it. */
#include <sys/socket.h>

int read_end(int fd);
int call_back(int (*callback)(int fd), int fd);

__attribute__((visibility("default"))) int read_end(int fd)
{
	char byte;

	return (int)recv(fd, &byte, 1, 0);
}

__attribute__((visibility("default"))) int call_back(int (*callback)(int fd), int fd)
{
	return callback(fd) + 1;
}
