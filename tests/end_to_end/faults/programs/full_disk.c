/* SPDX-License-Identifier: MIT */
/*
 * full_disk WHAT FOLDER: a socket has a high number; FOLDER, where the recordings are, fills up;
 * then the program does WHAT, with numbers below that were never anything to the recorder.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "fault.h"

#define HIGH 9000
#define LOW  3000

static void fill(const char *folder)
{
	static const char block[4096];
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/filler", folder);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	must(fd >= 0, "open");
	while (write(fd, block, sizeof(block)) > 0)
		;
	while (write(fd, block, 1) > 0)
		;
	close(fd);
}

static void close_low(int fd)
{
	int null = open("/dev/null", O_RDONLY);

	(void)fd;
	must(dup2(null, LOW) == LOW && close(LOW) == 0, "close");
}

static void fork_once(int fd)
{
	pid_t child = fork();
	int status = -1;

	(void)fd;
	if (child == 0)
		_exit(0);
	must(waitpid(child, &status, 0) == child && status == 0, "a child that ends well");
}

static void duplicate_low(int fd)
{
	must(dup2(fd, LOW) == LOW && close(LOW) == 0, "dup2");
}

static void duplicate_from_low(int fd)
{
	int low = fcntl(fd, F_DUPFD_CLOEXEC, LOW);

	must(low >= LOW && close(low) == 0, "fcntl");
}

static void close_range_low(int fd)
{
	(void)fd;
	must(close_range(LOW, LOW + 2000, 0) == 0, "close_range");
}

static void use_low(int fd)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), client, low;
	char byte;

	(void)fd;
	low = fcntl(accept_client(listener, &address, &client), F_DUPFD, LOW);
	close(client);
	must(read(low, &byte, 1) == 0, "read of EOF");
	must(shutdown(low, SHUT_WR) == 0 && close(low) == 0, "shutdown and close");
}

static void open_many(int fd)
{
	int fds[200], i;

	(void)fd;
	for (i = 0; i < 200; i++)
		fds[i] = socket(AF_INET, SOCK_STREAM, 0);
	for (i = 0; i < 200; i++)
		must(close(fds[i]) == 0, "close");
}

/* The end of the program is enough. */
static void do_nothing(int fd)
{
	(void)fd;
}

static const struct {
	const char *name;
	void (*act)(int fd);
} acts[] = {
	{ "close", close_low },
	{ "fork", fork_once },
	{ "dup2", duplicate_low },
	{ "fcntl", duplicate_from_low },
	{ "close_range", close_range_low },
	{ "use", use_low },
	{ "open", open_many },
	{ "nothing", do_nothing },
};

int main(int argc, char **argv)
{
	struct rlimit limit = { 20000, 20000 };
	size_t i;
	int fd;

	must(argc == 3, "usage: full_disk WHAT FOLDER");
	must(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
	fd = socket(AF_INET, SOCK_STREAM, 0);
	must(dup2(fd, HIGH) == HIGH, "dup2");
	fill(argv[2]);
	for (i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (strcmp(acts[i].name, argv[1]) == 0)
			acts[i].act(fd);
	puts("alive");
	fflush(stdout);
	return 0;
}
