/* SPDX-License-Identifier: MIT */
/* A library that is loaded and unloaded by the tests of dlclose (loader.c). */
#include <sys/socket.h>
#include <sys/types.h>

__attribute__((visibility("default"))) ssize_t receive_in_library(int fd);

ssize_t receive_in_library(int fd)
{
	char got;

	return recv(fd, &got, 1, 0);
}
