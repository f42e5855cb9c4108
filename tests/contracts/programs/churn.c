/* SPDX-License-Identifier: MIT */
/*
 * churn THREADS: every thread opens, reads to their end and closes sockets until it is killed. Now
 * and then it leaves one with its end read, and then prints it: a line "COOKIE" on stdout.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "loopback.h"

#define ROUNDS_BETWEEN 40
#define LEFT_AT_MOST   2000

static void leave_one(int listener, const struct sockaddr_in *address)
{
	struct connection left = loopback_connect(listener, address);
	char line[32];
	int length;

	loopback_read_eof(&left);
	length = snprintf(line, sizeof(line), "%" PRIu64 "\n", cookie_of(left.server));
	must(write(STDOUT_FILENO, line, (size_t)length) == length, "write");
}

static void *churn(void *unused)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), left, i;

	(void)unused;
	for (left = 0;; left++) {
		if (left < LEFT_AT_MOST)
			leave_one(listener, &address);
		for (i = 0; i < ROUNDS_BETWEEN; i++)
			loopback_round(listener, &address);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int threads = argc == 2 ? atoi(argv[1]) : 1, i;
	pthread_t thread;

	for (i = 1; i < threads; i++)
		must(pthread_create(&thread, NULL, churn, NULL) == 0, "pthread_create");
	churn(NULL);
	return 0;
}
