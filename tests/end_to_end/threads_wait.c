/* SPDX-License-Identifier: MIT */
/*
 * threads_wait: takes two connections, one after the other, and closes neither. Thread "handler"
 * sleeps while it has the first; "poller" waits on an epoll that watches the second one for
 * nothing; three threads "idle" sleep in the same place; the first thread waits in accept(), and
 * one of libc for a timer.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define IDLE 3

static __attribute__((noinline)) void handle(int connection)
{
	(void)connection;
	for (;;)
		pause(); /* handled here */
}

static void *run_handler(void *argument)
{
	handle((int)(intptr_t)argument);
	return NULL;
}

static __attribute__((noinline)) void poll_events(int epoll)
{
	struct epoll_event event;

	while (epoll_wait(epoll, &event, 1, -1) >= 0 || errno == EINTR) /* polled here */
		;
}

static void *run_poller(void *argument)
{
	struct epoll_event nothing = { .events = 0 };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, (int)(intptr_t)argument, &nothing) < 0)
		abort();
	poll_events(epoll);
	return NULL;
}

static void *run_idle(void *argument)
{
	while (!argument)
		pause(); /* idle here */
	return NULL;
}

static void start(const char *name, void *(*run)(void *), int connection)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, (void *)(intptr_t)connection) != 0 ||
	    pthread_setname_np(thread, name) != 0)
		abort();
}

static void expire(union sigval value)
{
	(void)value;
}

static __attribute__((noinline)) int take(int listener)
{
	return accept(listener, NULL, NULL); /* accepted here */
}

int main(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), i;
	struct sigevent expiry = { .sigev_notify = SIGEV_THREAD, .sigev_notify_function = expire };
	timer_t timer;

	if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 9) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) < 0)
		return 1;
	/* glibc waits for it in a thread of its own. */
	if (timer_create(CLOCK_MONOTONIC, &expiry, &timer) < 0)
		return 1;
	for (i = 0; i < IDLE; i++)
		start("idle", run_idle, 0);
	printf("ready 127.0.0.1:%d\n", ntohs(address.sin_port));
	fflush(stdout);
	start("handler", run_handler, take(listener));
	start("poller", run_poller, take(listener));
	for (;;)
		take(listener);
}
