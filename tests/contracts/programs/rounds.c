/* SPDX-License-Identifier: MIT */
/*
 * rounds tcp|unix N [THREADS]: N sockets are opened, read to their end and closed, one after the
 * other, in each of THREADS threads. Then one is left with its end read.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "loopback.h"

static void unix_round(void)
{
	int ends[2];
	char byte;

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
	must(close(ends[1]) == 0, "close");
	must(read(ends[0], &byte, 1) == 0, "read of EOF");
	must(close(ends[0]) == 0, "close");
}

static bool are_tcp;
static long rounds;

static void *make_rounds(void *unused)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address);
	long i;

	for (i = 0; i < rounds; i++)
		if (are_tcp)
			loopback_round(listener, &address);
		else
			unix_round();
	must(close(listener) == 0, "close");
	return unused;
}

static void make_rounds_in_threads(int count)
{
	pthread_t threads[count];
	int i;

	for (i = 0; i < count; i++)
		must(pthread_create(&threads[i], NULL, make_rounds, NULL) == 0, "pthread_create");
	for (i = 0; i < count; i++)
		must(pthread_join(threads[i], NULL) == 0, "pthread_join");
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	struct connection left;
	int listener;

	must(argc == 3 || argc == 4, "usage: rounds tcp|unix N [THREADS]");
	are_tcp = strcmp(argv[1], "tcp") == 0;
	rounds = strtol(argv[2], NULL, 10);
	if (argc == 4)
		make_rounds_in_threads(atoi(argv[3]));
	else
		make_rounds(NULL);
	listener = loopback_listen(&address);
	left = loopback_connect(listener, &address);
	loopback_read_eof(&left);
	return 0;
}
