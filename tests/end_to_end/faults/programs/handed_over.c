/* SPDX-License-Identifier: MIT */
/*
 * handed_over forgets|closes: main() accepts connections for threads, one each. serve() examines
 * the first byte, and returns on an error without closing: nobody reads the end. The site is there.
 */
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "fault.h"

static bool closes;

static void *serve(void *argument)
{
	int fd = *(int *)argument;
	char byte;

	must(recv(fd, &byte, sizeof(byte), 0) == 1, "request");
	if (byte == '!' && !closes)
		return NULL;
	must(close(fd) == 0, "close");
	return NULL;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), fds[FORGOTTEN], i;

	closes = argc > 1 && strcmp(argv[1], "closes") == 0;
	for (i = 0; i < FORGOTTEN; i++) {
		pthread_t thread;
		int client;

		fds[i] = accept_client(listener, &address, &client);
		must(send(client, "!!", 2, 0) == 2, "send");
		must(close(client) == 0, "close of the client");
		must(pthread_create(&thread, NULL, serve, &fds[i]) == 0, "thread");
		must(pthread_join(thread, NULL) == 0, "join");
	}
	pause_ms(HOLD_MS);
	return 0;
}
