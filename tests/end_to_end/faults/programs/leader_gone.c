/* SPDX-License-Identifier: MIT */
/*
 * main() ends its thread alone, by pthread_exit(), and another one serves: PID is a zombie that
 * shows no descriptors from then on, while the process goes on. HOW: "forgets" the connections, or
 * "closes" them. It stays until it is killed.
 */
#include "fault.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool forgets;

static void answer(int listener, const struct sockaddr_in *address)
{
	int client, fd = accept_client(listener, address, &client);

	close(client);
	if (!forgets)
		close(fd);
}

static void *serve(void *first_thread)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address);

	must(pthread_join(*(pthread_t *)first_thread, NULL) == 0, "pthread_join");
	for (int i = 0; i < FORGOTTEN; i++)
		answer(listener, &address);
	pause_ms(3 * HOLD_MS);
	say_ready();
	pause();
	return NULL;
}

int main(int argc, char **argv)
{
	static pthread_t first, server;

	forgets = argc > 1 && strcmp(argv[1], "forgets") == 0;
	first = pthread_self();
	must(pthread_create(&server, NULL, serve, &first) == 0, "pthread_create");
	pthread_exit(NULL);
}
