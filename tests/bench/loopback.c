/* SPDX-License-Identifier: MIT */
#include "loopback.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <time.h>

int loopback_listen(struct sockaddr_in *address, const struct calls *listening)
{
	socklen_t length = sizeof(*address);
	int listener = listening->socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int room = 256 << 10;

	must(listener >= 0, "socket");
	*address = (struct sockaddr_in){ .sin_family = AF_INET,
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	must(setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)) == 0, "setsockopt");
	must(bind(listener, (struct sockaddr *)address, sizeof(*address)) == 0, "bind");
	must(listening->listen(listener, 1024) == 0, "listen");
	must(getsockname(listener, (struct sockaddr *)address, &length) == 0, "getsockname");
	return listener;
}

int loopback_client(const struct sockaddr_in *address)
{
	int client = bare.socket(AF_INET, SOCK_STREAM, 0);

	must(client >= 0, "socket");
	must(bare.connect(client, (const struct sockaddr *)address, sizeof(*address)) == 0,
	     "connect");
	return client;
}

void loopback_pair(int ends[2], const struct calls *accepting)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address, &bare), on = 1, i;

	ends[0] = loopback_client(&address);
	ends[1] = accepting->accept4(listener, NULL, NULL, 0);
	must(ends[1] >= 0, "accept4");
	for (i = 0; i < 2; i++)
		must(setsockopt(ends[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0,
		     "setsockopt");
	bare.close(listener);
}

uint64_t clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}
