/* SPDX-License-Identifier: MIT */
/*
 * reads KIND COUNT: connects to itself COUNT times; each time the peer closes, one end reads that
 * by KIND of call, and is never closed.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int listener;

static __attribute__((noinline)) int open_connection(int *peer)
{
	struct sockaddr_in address;
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (getsockname(listener, (struct sockaddr *)&address, &length) < 0 ||
	    connect(fd, (struct sockaddr *)&address, length) < 0)
		exit(1);
	*peer = accept(listener, NULL, NULL);
	return fd;
}

static __attribute__((noinline)) int by_read(int fd)
{
	char byte;
	int got = (int)read(fd, &byte, 1);

	return got;
}

/* The end is not read at all. */
static __attribute__((noinline)) int by_nothing(int fd)
{
	return fd < 0;
}

static __attribute__((noinline)) int by_recvmmsg(int fd)
{
	char bytes[2][16];
	struct iovec parts[2] = { { bytes[0], 16 }, { bytes[1], 16 } };
	struct mmsghdr messages[2] = { { .msg_hdr = { .msg_iov = &parts[0], .msg_iovlen = 1 } },
				       { .msg_hdr = { .msg_iov = &parts[1], .msg_iovlen = 1 } } };
	int got = recvmmsg(fd, messages, 2, 0, NULL);

	return got < 1 || messages[got - 1].msg_len;
}

static __attribute__((noinline)) int by_splice(int fd)
{
	int ends[2], got;

	if (pipe(ends) < 0)
		return 1;
	got = (int)splice(fd, NULL, ends[1], NULL, 100, 0);
	close(ends[0]);
	close(ends[1]);
	return got;
}

static __attribute__((noinline)) int by_stdio(int fd)
{
	char line[80];
	FILE *file = fdopen(fd, "r");

	return file && fgets(line, sizeof(line), file) != NULL;
}

static __attribute__((noinline)) int by_spawn(int fd)
{
	char *const sleeps[] = { "sleep", "1000", NULL };
	pid_t child;
	int done = posix_spawnp(&child, "sleep", NULL, NULL, sleeps, environ);

	printf("%d\n", (int)child);
	fflush(stdout);
	close(fd);
	return done;
}

static const struct {
	const char *name;
	int (*read_end)(int fd);
} kinds[] = {
	{ "read", by_read },     { "nothing", by_nothing }, { "recvmmsg", by_recvmmsg },
	{ "splice", by_splice }, { "stdio", by_stdio },     { "spawn", by_spawn },
};

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int count = argc > 2 ? atoi(argv[2]) : 1, fd, peer;
	size_t i;

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (argc < 2 || bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 16) < 0)
		return 1;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		while (strcmp(argv[1], kinds[i].name) == 0 && count-- > 0) {
			fd = open_connection(&peer);
			close(peer);
			if (kinds[i].read_end(fd) != 0)
				return 1;
		}
	/* Until standard input ends. */
	while (getchar() != EOF)
		;
	return 0;
}
