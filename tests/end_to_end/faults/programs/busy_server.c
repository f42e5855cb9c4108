/* SPDX-License-Identifier: MIT */
/*
 * busy_server HOW WORK [forgets|FOLDER]: eight threads serve one connection after the other, with
 * clients of the same process. Each reads to the end, works for a while, and closes. WORK "slow":
 * for 150 to 600 ms; "quick": not at all. "forgets": the first three connections are not closed. It
 * ends in the midst of that: HOW "return": from main, "flag": when a signal asks for it, "on": by
 * no means, "crash": with a core dump that takes a while, into FOLDER.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "fault.h"

#define THREADS 8

static struct sockaddr_in address;
static int listener;
static bool is_slow;
static int left_to_forget;

static __attribute__((noinline)) void serve(int fd, int round)
{
	static const int work_ms[] = { 150, 300, 450, 600 };
	char byte;

	while (read(fd, &byte, 1) > 0)
		;
	if (__atomic_fetch_sub(&left_to_forget, 1, __ATOMIC_RELAXED) > 0)
		return;
	if (is_slow)
		pause_ms(work_ms[round % 4]);
	close(fd);
}

static void *serve_all(void *first)
{
	int round;

	for (round = (int)(long)first;; round++) {
		int fd = accept(listener, NULL, NULL);

		must(fd >= 0, "accept");
		serve(fd, round);
	}
	return NULL;
}

/* As many as are served, and a few that wait. */
static void *visit(void *unused)
{
	for (;;) {
		int fd = connect_to(ntohs(address.sin_port));

		must(write(fd, "q", 1) == 1, "write");
		close(fd);
		pause_ms(is_slow ? 40 : 1);
	}
	return unused;
}

/* Clients of a process of their own, which go on until the listener is gone. */
static void visit_from_outside(void)
{
	int fds[2 * THREADS], round;

	if (fork() != 0)
		return;
	for (round = 0;; round++) {
		int *fd = &fds[round % (2 * THREADS)];

		if (round >= 2 * THREADS)
			close(*fd);
		*fd = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(*fd, (struct sockaddr *)&address, sizeof(address)) < 0)
			_exit(0);
		if (write(*fd, "q", 1) != 1)
			_exit(0);
		pause_ms(5);
	}
}

/* A large one: the kernel leaves out what was never written. */
static void crash(const char *folder)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	const size_t size = 200 << 20;
	char *memory = malloc(size);

	must(memory, "malloc");
	memset(memory, 1, size);
	must(chdir(folder) == 0, "chdir");
	must(setrlimit(RLIMIT_CORE, &all) == 0, "setrlimit");
	abort();
}

int main(int argc, char **argv)
{
	pthread_t thread;
	long i;

	must(argc >= 3, "usage: busy_server return|flag|on slow|quick [forgets]");
	is_slow = strcmp(argv[2], "slow") == 0;
	left_to_forget = argc > 3 && strcmp(argv[3], "forgets") == 0 ? FORGOTTEN : 0;
	catch_termination();
	listener = loopback_listen(&address);
	if (strcmp(argv[1], "crash") == 0)
		visit_from_outside();
	for (i = 0; i < THREADS; i++)
		must(pthread_create(&thread, NULL, serve_all, (void *)i) == 0, "pthread_create");
	if (strcmp(argv[1], "crash") != 0)
		must(pthread_create(&thread, NULL, visit, NULL) == 0, "pthread_create");
	pause_ms(is_slow ? 5000 : 1500);
	say_ready();
	if (strcmp(argv[1], "crash") == 0)
		crash(argv[3]);
	if (strcmp(argv[1], "flag") == 0)
		wait_for_signal();
	while (strcmp(argv[1], "on") == 0)
		pause();
	return 0;
}
