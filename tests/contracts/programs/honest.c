/* SPDX-License-Identifier: MIT */
/* honest WHAT: does what the recorder can't see, or has no room for. */
#include <linux/io_uring.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>
#include "loopback.h"

#define SKIPPED 77

/* A close that no wrapper sees. */
static void close_inline(int fd)
{
#if defined(__x86_64__)
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(SYS_close), "D"(fd)
			 : "rcx", "r11", "memory");
	must(result == 0, "close");
#else
	exit(SKIPPED);
#endif
}

static int new_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	must(fd >= 0, "socket");
	return fd;
}

/* Three ends that nobody saw: the number got another socket, a file, nothing. */
static void unseen_ends(void)
{
	int first = new_socket(), second = new_socket(), third = new_socket();

	close_inline(first);
	must(new_socket() == first, "the same number");
	close_inline(second);
	must(socket(AF_INET, SOCK_DGRAM, 0) == second, "the same number");
	close_inline(third);
}

static void far_descriptor(void)
{
	struct rlimit limit = { .rlim_cur = 80000, .rlim_max = 80000 };
	int fd = new_socket();

	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		exit(SKIPPED);
	must(dup2(fd, 70000) == 70000, "dup2");
}

static void ring(void)
{
	struct io_uring_params parameters;

	memset(&parameters, 0, sizeof(parameters));
	if (syscall(SYS_io_uring_setup, 4, &parameters) < 0)
		exit(SKIPPED);
}

#define MANY 900

static int tracked[MANY];
static volatile sig_atomic_t closed;

static void close_next(int number)
{
	(void)number;
	if (closed < MANY)
		close(tracked[closed++]);
}

/* A handler closes sockets, often while the recorder is at work on others. */
static void reentered(void)
{
	struct itimerval every = { .it_interval.tv_usec = 100, .it_value.tv_usec = 100 };
	struct itimerval never = { .it_value.tv_usec = 0 };
	struct rlimit limit;
	int i;

	must(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
	if (limit.rlim_cur < MANY + 50)
		exit(SKIPPED);
	for (i = 0; i < MANY; i++)
		tracked[i] = new_socket();
	signal(SIGALRM, close_next);
	must(setitimer(ITIMER_REAL, &every, NULL) == 0, "setitimer");
	while (closed < MANY)
		must(close(new_socket()) == 0, "close");
	must(setitimer(ITIMER_REAL, &never, NULL) == 0, "setitimer");
	signal(SIGALRM, SIG_IGN);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "unseen_ends") == 0)
		unseen_ends();
	else if (strcmp(what, "far_descriptor") == 0)
		far_descriptor();
	else if (strcmp(what, "ring") == 0)
		ring();
	else if (strcmp(what, "reentered") == 0)
		reentered();
	else
		must(false, "what is asked for");
	return 0;
}
