/* SPDX-License-Identifier: MIT */
/*
 * fork_beside CHILDREN: two threads open and close connections, one duplicates, while the program
 * forks children that end at once, or close all that they got first.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "fault.h"

static _Atomic bool is_over;

static void *open_and_close(void *unused)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), client, fd;
	char byte;

	while (!is_over) {
		fd = accept_client(listener, &address, &client);
		close(client);
		/* Not always to the end: a child may still hold the other side. */
		must(read(fd, &byte, 1) <= 0, "read of EOF");
		close(fd);
	}
	close(listener);
	return unused;
}

static void *duplicate_and_close(void *unused)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address);

	while (!is_over)
		close(dup(listener));
	close(listener);
	return unused;
}

static void run_child(bool closes_all)
{
	pid_t child = fork();

	must(child >= 0, "fork");
	if (child == 0) {
		if (closes_all)
			close_range(3, ~0u, 0);
		_exit(0);
	}
	must(waitpid(child, NULL, 0) == child, "waitpid");
}

int main(int argc, char **argv)
{
	void *(*const work[])(void *) = { open_and_close, open_and_close, duplicate_and_close };
	pthread_t threads[3];
	int i;

	must(argc == 2, "usage: fork_beside CHILDREN");
	for (i = 0; i < 3; i++)
		must(pthread_create(&threads[i], NULL, work[i], NULL) == 0, "pthread_create");
	for (i = 0; i < atoi(argv[1]); i++)
		run_child(i % 2 == 0);
	is_over = true;
	for (i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
