/* SPDX-License-Identifier: MIT */
/*
 * starved_server FORGETS: one epoll loop, which works for 3 ms of processor time on each request
 * and closes each connection whose end it has read, but for the first FORGETS. SIGTERM ends it in
 * order: it closes what is open. Prints its port and its process ID.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "tests/contracts/programs/loopback.h" /* loopback_listen(), must() */

#define NUMBERS 4096
#define WORK_NS 3000000

static volatile sig_atomic_t asked;
static bool is_open[NUMBERS];
static int to_forget;

static void ask(int signal_number)
{
	asked = signal_number;
}

static long long computed_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

static void watch(int epoll, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	must(fd >= 0 && fd < NUMBERS, "a descriptor");
	must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
	is_open[fd] = true;
}

static void serve(int epoll, int fd)
{
	long long until_ns = computed_ns() + WORK_NS;
	char request[64];
	ssize_t length = read(fd, request, sizeof(request));

	if (length > 0) {
		while (computed_ns() < until_ns)
			;
		if (write(fd, request, (size_t)length) == length)
			return;
	}
	if (to_forget > 0) {
		to_forget--;
		epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
		return;
	}
	is_open[fd] = false;
	close(fd);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = ask };
	struct epoll_event events[64];
	struct sockaddr_in address;
	int listener = loopback_listen(&address), epoll = epoll_create1(EPOLL_CLOEXEC), count, i;

	must(argc == 2, "usage: starved_server FORGETS");
	to_forget = atoi(argv[1]);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	watch(epoll, listener);
	printf("%d %d\n", ntohs(address.sin_port), (int)getpid());
	fflush(stdout);
	while (!asked) {
		count = epoll_wait(epoll, events, 64, -1);
		for (i = 0; i < count; i++) {
			int fd = events[i].data.fd;

			if (fd == listener)
				watch(epoll, accept4(listener, NULL, NULL, SOCK_CLOEXEC));
			else
				serve(epoll, fd);
		}
	}
	for (i = 0; i < NUMBERS; i++)
		if (is_open[i])
			close(i);
	return 0;
}
