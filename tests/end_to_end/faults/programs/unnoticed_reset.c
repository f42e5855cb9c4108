/* SPDX-License-Identifier: MIT */
/* unnoticed_reset MS [stay]: the peers reset their connections; nobody reads, nobody closes for MS.
 */
#include <stdlib.h>
#include <unistd.h>
#include "fault.h"

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), i;

	must(argc >= 2, "usage: unnoticed_reset MS [stay]");
	for (i = 0; i < FORGOTTEN; i++) {
		int client;

		accept_client(listener, &address, &client);
		reset_peer(client);
	}
	pause_ms(atoi(argv[1]));
	say_ready();
	if (argc > 2)
		pause();
	return 0;
}
