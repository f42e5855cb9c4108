/* SPDX-License-Identifier: MIT */
/*
 * listen_again PORT N: listens where an earlier process has listened, serves N connections, each of
 * which it closes first, and ends when it is asked to: then all connections in TIME_WAIT are
 * counted, however many others there are.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "fault.h"

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1, i;
	char byte;

	catch_termination();
	must(argc == 3, "usage: listen_again PORT N");
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)atoi(argv[1]));
	must(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0, "setsockopt");
	must(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0, "bind");
	must(listen(listener, 128) == 0, "listen");
	for (i = 0; i < atoi(argv[2]); i++) {
		int client, fd = accept_client(listener, &address, &client);

		close(fd);
		must(read(client, &byte, 1) == 0, "read of EOF");
		close(client);
	}
	say_ready();
	wait_for_signal();
	return 0;
}
