/* SPDX-License-Identifier: MIT */
/*
 * signal_storm MILLISECONDS: a timer signal every 200 us whose handler opens, accepts, reads to the
 * end and closes sockets, while two threads do the same. The handler interrupts the recorder all
 * the time. In the end prints: how many signals there were, the number of the socket left open, and
 * how many sockets were closed where.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include "loopback.h"

static struct sockaddr_in handlers_address;
static int handlers_listener;
static volatile sig_atomic_t signals, running;
static bool over;

static void handlers_round(void)
{
	loopback_round(handlers_listener, &handlers_address);
}

static void on_timer(int number)
{
	int error = errno;

	(void)number;
	/* It may interrupt itself in another thread only: one round at a time. */
	if (!__atomic_exchange_n(&running, 1, __ATOMIC_ACQUIRE)) {
		/* Now and then by libunwind, which may be what was interrupted. */
		if (signals % 4)
			handlers_round();
		else
			call_intricately(handlers_round);
		signals++;
		__atomic_store_n(&running, 0, __ATOMIC_RELEASE);
	}
	errno = error;
}

/* loopback_round(), but calls that the signal interrupted are made again. */
static void round_despite_signals(int listener, const struct sockaddr_in *address)
{
	struct linger reset = { .l_onoff = 1 };
	int client = socket(AF_INET, SOCK_STREAM, 0), server;
	ssize_t got;
	char byte;

	must(client >= 0, "socket");
	must(connect(client, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
		     errno == EINTR,
	     "connect");
	do
		server = accept(listener, NULL, NULL);
	while (server < 0 && errno == EINTR);
	must(server >= 0, "accept");
	must(shutdown(client, SHUT_WR) == 0, "shutdown");
	do
		got = read(server, &byte, 1);
	while (got < 0 && errno == EINTR);
	must(got == 0, "read of EOF");
	setsockopt(server, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(server);
	close(client);
}

static void *rounds(void *counter)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address);

	while (!__atomic_load_n(&over, __ATOMIC_RELAXED)) {
		round_despite_signals(listener, &address);
		++*(unsigned long *)counter;
	}
	close(listener);
	return NULL;
}

int main(int argc, char **argv)
{
	struct itimerval every = { .it_interval.tv_usec = 200, .it_value.tv_usec = 200 };
	struct itimerval never = { .it_value.tv_usec = 0 };
	struct sigaction action = { .sa_handler = on_timer, .sa_flags = SA_RESTART };
	unsigned long counts[2] = { 0, 0 };
	struct timespec now, end;
	struct sockaddr_in address;
	struct connection left;
	pthread_t thread;
	int listener;

	must(argc == 2, "usage: signal_storm MILLISECONDS");
	handlers_listener = loopback_listen(&handlers_address);
	listener = loopback_listen(&address);
	must(sigaction(SIGALRM, &action, NULL) == 0, "sigaction");
	must(pthread_create(&thread, NULL, rounds, &counts[1]) == 0, "pthread_create");
	must(setitimer(ITIMER_REAL, &every, NULL) == 0, "setitimer");
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += atoi(argv[1]) / 1000;
	do {
		round_despite_signals(listener, &address);
		counts[0]++;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec ||
		 (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
	must(setitimer(ITIMER_REAL, &never, NULL) == 0, "setitimer");
	__atomic_store_n(&over, true, __ATOMIC_RELAXED);
	must(pthread_join(thread, NULL) == 0, "pthread_join");
	signal(SIGALRM, SIG_IGN);
	left = loopback_connect(listener, &address);
	loopback_read_eof(&left);
	printf("%d %" PRIu64 " %lu\n", (int)signals, cookie_of(left.server), counts[0] + counts[1]);
	return 0;
}
