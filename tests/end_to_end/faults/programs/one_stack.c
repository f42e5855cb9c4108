/* SPDX-License-Identifier: MIT */
/* one_stack: eight threads forget a connection each, by a stack that all of them take first, at
 * once. */
#include <pthread.h>
#include <unistd.h>
#include "fault.h"

#define THREADS 8

static pthread_barrier_t together;

static __attribute__((noinline)) void read_end(int fd)
{
	char byte;

	must(read(fd, &byte, 1) == 0, "read of EOF");
}

static void *forget(void *unused)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), client;
	int fd = accept_client(listener, &address, &client);

	close(client);
	close(listener);
	pthread_barrier_wait(&together);
	read_end(fd);
	return unused;
}

int main(void)
{
	pthread_t threads[THREADS];
	int i;

	pthread_barrier_init(&together, NULL, THREADS);
	for (i = 0; i < THREADS; i++)
		must(pthread_create(&threads[i], NULL, forget, NULL) == 0, "pthread_create");
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	pause_ms(HOLD_MS);
	return 0;
}
