/* SPDX-License-Identifier: MIT */
/*
 * numbers: closes all descriptors from 3 up, as daemons do, and takes every number up to 63 for a
 * socket. No number may be taken already, or be somebody else's. Prints the cookie of the socket
 * that has 5 to 63, its end read.
 */
#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include "loopback.h"

#define LAST 63

static void exchange(int from, int to, char byte)
{
	char got = 0;

	must(send(from, &byte, 1, 0) == 1, "send");
	must(recv(to, &got, 1, 0) == 1 && got == byte, "recv of what was sent");
	must(recv(to, &got, 1, MSG_DONTWAIT) == -1, "recv: a byte that nobody sent");
}

int main(void)
{
	struct sockaddr_in address;
	struct connection held;
	int listener, i;
	char byte;

	must(close_range(3, ~0u, 0) == 0, "close_range");
	listener = loopback_listen(&address);
	held = loopback_connect(listener, &address);
	must(listener == 3 && held.client == 4 && held.server == 5, "numbers 3, 4 and 5");
	exchange(held.client, held.server, 'a');
	for (i = 6; i <= LAST; i++) {
		must(dup2(held.server, i) == i, "dup2");
		exchange(held.client, i, (char)i);
		exchange(i, held.client, (char)i);
	}
	must(close(held.client) == 0, "close");
	must(read(LAST, &byte, 1) == 0, "read of EOF");
	printf("%" PRIu64 "\n", cookie_of(held.server));
	return 0;
}
