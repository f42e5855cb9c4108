/* SPDX-License-Identifier: MIT */
/*
 * wrapped [counted]: reads and closes by wrappers of its own. They only make the call; or they
 * count, too. The line that matters is in handle(), where the way of the leak and the way of those
 * that were closed part.
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

static __attribute__((noinline)) void count_call(int fd)
{
	static volatile int calls;

	if (fd >= 0)
		calls++;
}

static __attribute__((noinline)) ssize_t counted_recv(int fd, void *buffer, size_t size)
{
	ssize_t length = recv(fd, buffer, size, 0);

	count_call(fd);
	return length;
}

static __attribute__((noinline)) int counted_close(int fd)
{
	int result = close(fd);

	count_call(fd);
	return result;
}

static __attribute__((noinline)) void handle(int fd, bool returns_early)
{
	char byte;

	must(my_recv(fd, &byte, 1) == 0, "read of EOF");
	if (returns_early)
		return;
	must(my_close(fd) == 0, "close");
}

static __attribute__((noinline)) void handle_counted(int fd, bool returns_early)
{
	char byte;

	must(counted_recv(fd, &byte, 1) == 0, "read of EOF");
	if (returns_early)
		return;
	must(counted_close(fd) == 0, "close");
}

int main(int argc, char **argv)
{
	void (*handler)(int fd, bool returns_early) = argc > 1 ? handle_counted : handle;
	struct sockaddr_in address;
	int listener = loopback_listen(&address), i;

	(void)argv;
	for (i = 0; i < 2 * FORGOTTEN; i++) {
		int client, fd = accept_client(listener, &address, &client);

		close(client);
		handler(fd, i % 2 == 1);
	}
	pause_ms(HOLD_MS);
	return 0;
}
