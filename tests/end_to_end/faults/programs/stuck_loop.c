/* SPDX-License-Identifier: MIT */
/*
 * stuck_loop WHERE: an event loop hangs before its peers hang up: epoll has not been asked since.
 * "polls": one that asks on, and ignores what epoll reports.
 */
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "fault.h"

static int clients[FORGOTTEN], epoll, silent_pipe[2];
static pthread_mutex_t taken = PTHREAD_MUTEX_INITIALIZER;

/* Hangs up once the loop hangs, and ends the program when that has lasted. */
static void *hang_up(void *unused)
{
	int i;

	pause_ms(100);
	for (i = 0; i < FORGOTTEN; i++)
		close(clients[i]);
	pause_ms(3 * HOLD_MS); /* a sample that lists descriptors comes by, on a busy machine too */
	say_ready();
	pause_ms(50);
	_exit(0);
	return unused;
}

static __attribute__((noinline)) void hang(const char *where)
{
	volatile long turns = 0;
	char byte;

	if (strcmp(where, "sleep") == 0)
		pause_ms(60000);
	if (strcmp(where, "lock") == 0)
		pthread_mutex_lock(&taken);
	if (strcmp(where, "pipe") == 0)
		must(read(silent_pipe[0], &byte, 1) < 0, "no byte");
	for (;;)
		turns++;
}

static __attribute__((noinline)) void poll_on(void)
{
	struct epoll_event event;

	for (;;) {
		epoll_wait(epoll, &event, 1, -1);
		pause_ms(10);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), i;
	pthread_t thread;

	must(argc == 2, "usage: stuck_loop sleep|lock|pipe|spin|polls");
	must(pipe(silent_pipe) == 0 && pthread_mutex_lock(&taken) == 0, "the loop's obstacles");
	epoll = epoll_create1(EPOLL_CLOEXEC);
	for (i = 0; i < FORGOTTEN; i++) {
		struct epoll_event event = { .events = EPOLLIN };
		int fd = accept_client(listener, &address, &clients[i]);

		must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
	}
	must(pthread_create(&thread, NULL, hang_up, NULL) == 0, "pthread_create");
	if (strcmp(argv[1], "polls") == 0)
		poll_on();
	epoll_wait(epoll, &(struct epoll_event){ 0 }, 1, 0);
	hang(argv[1]);
}
