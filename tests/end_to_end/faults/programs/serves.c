/* SPDX-License-Identifier: MIT */
/* serves N: accepts N connections, reads each to its end and closes it. */
#include <stdlib.h>
#include <unistd.h>
#include "fault.h"

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), i;
	char byte;

	must(argc == 2, "usage: serves N");
	for (i = 0; i < atoi(argv[1]); i++) {
		int client, fd = accept_client(listener, &address, &client);

		close(client);
		must(read(fd, &byte, 1) == 0, "read of EOF");
		close(fd);
	}
	return 0;
}
