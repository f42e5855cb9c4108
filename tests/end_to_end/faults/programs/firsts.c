/* SPDX-License-Identifier: MIT */
/*
 * firsts PORT CHILDREN HOW: a parent without sockets makes workers; in each, four threads open its
 * first sockets at once, read the ends and forget them. HOW a worker is made: by "fork", by
 * "_Fork", or "grandchild": by a child that has no sockets either.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "fault.h"

#define THREADS 4

static int port;
static pthread_barrier_t together;

static void *open_first(void *unused)
{
	char byte;
	int fd;

	pthread_barrier_wait(&together);
	fd = connect_to(port);
	must(read(fd, &byte, 1) == 0, "read of EOF");
	return unused;
}

static void work(void)
{
	pthread_t threads[THREADS];
	int i;

	pthread_barrier_init(&together, NULL, THREADS);
	for (i = 0; i < THREADS; i++)
		must(pthread_create(&threads[i], NULL, open_first, NULL) == 0, "pthread_create");
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	pause_ms(30);
	_exit(0);
}

static void start_worker(const char *how)
{
	pid_t child = strcmp(how, "_Fork") == 0 ? _Fork() : fork();
	int status = -1;

	must(child >= 0, "fork");
	if (child == 0) {
		if (strcmp(how, "grandchild") == 0) {
			start_worker("fork");
			_exit(0);
		}
		work();
	}
	must(waitpid(child, &status, 0) == child && status == 0, "a worker that ends well");
}

int main(int argc, char **argv)
{
	int i;

	must(argc == 4, "usage: firsts PORT CHILDREN fork|_Fork|grandchild");
	port = atoi(argv[1]);
	for (i = 0; i < atoi(argv[2]); i++)
		start_worker(argv[3]);
	return 0;
}
