/* SPDX-License-Identifier: MIT */
/*
 * A connect that fails: a client tries its server again and again, with a new socket each time,
 * and forgets the one that failed.
 * finleak: connect-unclosed.
 *
 *	connect_retry [--self-test N]    the server refuses N times, then listens; exit 0
 *	connect_retry --serve [PORT]     tries 127.0.0.1:PORT every 100 ms until it is there, then
 *	                                 stays connected until killed
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int connect_upstream(const struct sockaddr *address)
{
	int upstream = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); /* LEAK: opened */
	int failed;

	if (upstream < 0)
		return -1;
	failed = connect(upstream, address, sizeof(struct sockaddr_in)); /* LEAK: connect */
	if (failed) {
		perror("connect");
#ifdef FIXED
		close(upstream);
#endif
		return -1;
	}
	return upstream;
}

/* A port of our own that refuses connections until we listen. */
static int reserve_port(struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (server < 0 || bind(server, (struct sockaddr *)address, size) ||
	    getsockname(server, (struct sockaddr *)address, &size)) {
		perror("bind");
		exit(1);
	}
	return server;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int serving = argc > 1 && !strcmp(argv[1], "--serve");
	int refusals = argc > 2 && !serving ? atoi(argv[2]) : 4;
	int server = -1, upstream;

	if (serving && argc > 2)
		address.sin_port = htons(atoi(argv[2]));
	else
		server = reserve_port(&address);
	printf("connecting to 127.0.0.1:%u\n", ntohs(address.sin_port));
	fflush(stdout);

	while ((upstream = connect_upstream((struct sockaddr *)&address)) < 0) {
		if (!serving && --refusals == 0)
			listen(server, 1);
		poll(NULL, 0, serving ? 100 : 0);
	}
	printf("connected\n");
	fflush(stdout);
	poll(NULL, 0, serving ? -1 : 400);
	close(upstream);
	return 0;
}
