/* SPDX-License-Identifier: MIT */
/*
 * A descriptor's number is given to the next connection while an event of the last one is still to
 * be handled: the handler drops the wrong one, which nobody uses again.
 */
#include "fault.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void drop_client(int fd)
{
	must(close(fd) == 0, "close");
}

static int accept_next(int listener)
{
	int fd = accept(listener, NULL, NULL);

	must(fd >= 0, "accept");
	return fd;
}

int main(void)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address);

	for (int i = 0; i < FORGOTTEN; i++) {
		int first = connect_to(ntohs(address.sin_port));
		int second = connect_to(ntohs(address.sin_port));
		int fd = accept_next(listener);

		drop_client(fd);
		/* The stale event: what has the number now is taken for what had it before. */
		must(accept_next(listener) == fd, "the same number");
		close(first);
		close(second);
	}
	pause_ms(HOLD_MS);
	return 0;
}
