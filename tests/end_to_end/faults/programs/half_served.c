/* SPDX-License-Identifier: MIT */
/*
 * half_served: answers one request of each connection; every second one takes an early return and
 * is not closed. Nobody reads the end of stream.
 */
#include <sys/socket.h>
#include <unistd.h>
#include "fault.h"

static __attribute__((noinline)) void finish(int fd)
{
	must(close(fd) == 0, "close");
}

static __attribute__((noinline)) void serve(int fd, bool returns_early)
{
	char request[16];

	must(read(fd, request, sizeof(request)) > 0, "read");
	must(send(fd, "x", 1, MSG_NOSIGNAL) == 1, "send");
	if (!returns_early)
		finish(fd);
}

int main(void)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), i;
	char answer;

	for (i = 0; i < 10; i++) {
		int client, fd = accept_client(listener, &address, &client);

		must(send(client, "q", 1, 0) == 1, "send");
		serve(fd, i % 2 == 1);
		must(recv(client, &answer, 1, 0) == 1, "recv");
		close(client);
	}
	pause_ms(HOLD_MS);
	return 0;
}
