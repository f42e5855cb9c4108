/* SPDX-License-Identifier: MIT */
/* unnoticed_reset MS: the peers reset their connections; nobody reads, nobody closes for MS. */
#include <stdlib.h>
#include "fault.h"

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), i;

	must(argc == 2, "usage: unnoticed_reset MS");
	for (i = 0; i < FORGOTTEN; i++) {
		int client;

		accept_client(listener, &address, &client);
		reset_peer(client);
	}
	pause_ms(atoi(argv[1]));
	say_ready();
	return 0;
}
