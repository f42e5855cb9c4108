/* SPDX-License-Identifier: MIT */
/*
 * peeks: asks by MSG_PEEK whether the connections of a pool are still there, drops those that are
 * not, and forgets to close them. take_from_pool() decides, not is_alive().
 */
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "fault.h"

static __attribute__((noinline)) bool is_alive(int fd)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };
	char byte;

	if (poll(&polled, 1, 0) <= 0)
		return true;
	return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

static __attribute__((noinline)) int take_from_pool(const int *pool, int count)
{
	int i;

	for (i = 0; i < count; i++)
		if (is_alive(pool[i]))
			return pool[i];
	return -1;
}

int main(void)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), pool[FORGOTTEN], i;

	for (i = 0; i < FORGOTTEN; i++) {
		int client;

		pool[i] = accept_client(listener, &address, &client);
		close(client);
		must(poll(&(struct pollfd){ .fd = pool[i], .events = POLLIN }, 1, -1) == 1, "end");
	}
	must(take_from_pool(pool, FORGOTTEN) == -1, "none is alive");
	pause_ms(HOLD_MS);
	return 0;
}
