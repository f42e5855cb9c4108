/* SPDX-License-Identifier: MIT */
/*
 * wrapped: reads and closes by one-line wrappers of its own. The line that matters is in handle(),
 * where the way of the leak and the way of those that were closed part.
 */
#include <sys/socket.h>
#include <unistd.h>
#include "fault.h"

static __attribute__((noinline)) ssize_t my_recv(int fd, void *buffer, size_t size)
{
	return recv(fd, buffer, size, 0);
}

static __attribute__((noinline)) int my_close(int fd)
{
	return close(fd);
}

static __attribute__((noinline)) void handle(int fd, bool returns_early)
{
	char byte;

	must(my_recv(fd, &byte, 1) == 0, "read of EOF");
	if (returns_early)
		return;
	must(my_close(fd) == 0, "close");
}

int main(void)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), i;

	for (i = 0; i < 2 * FORGOTTEN; i++) {
		int client, fd = accept_client(listener, &address, &client);

		close(client);
		handle(fd, i % 2 == 1);
	}
	pause_ms(HOLD_MS);
	return 0;
}
