/* SPDX-License-Identifier: MIT */
/*
 * handlers ROUNDS: connections go to each of some handlers in turn, which take them by one helper,
 * read their end by another and close them by a third, each called from frames of equal size. There
 * are two rounds, and after a line on standard input ROUNDS more. Then handler N forgets N + 1
 * connections whose end it has read. Prints a line when that is done, and waits until standard
 * input ends.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int listener;

/* Keeps a call from being made a jump. */
#define STAYS __asm__ volatile("" ::: "memory")

static __attribute__((noinline)) int take(void)
{
	int fd = accept(listener, NULL, NULL);

	STAYS;
	return fd;
}

static __attribute__((noinline)) void read_end(int fd)
{
	char byte;

	if (read(fd, &byte, 1) != 0)
		exit(1);
	STAYS;
}

static __attribute__((noinline)) void end(int fd)
{
	close(fd);
	STAYS;
}

#define HANDLER(number)                                                                            \
	static __attribute__((noinline)) void handler_##number(bool forgets)                       \
	{                                                                                          \
		int fd = take();                                                                   \
                                                                                                   \
		read_end(fd);                                                                      \
		if (!forgets)                                                                      \
			end(fd);                                                                   \
		STAYS;                                                                             \
	}

HANDLER(0)
HANDLER(1)
HANDLER(2)
HANDLER(3)
HANDLER(4)
HANDLER(5)
HANDLER(6)
HANDLER(7)
HANDLER(8)
HANDLER(9)

static void (*const handlers[])(bool) = {
	handler_0, handler_1, handler_2, handler_3, handler_4,
	handler_5, handler_6, handler_7, handler_8, handler_9,
};

#define HANDLERS (sizeof(handlers) / sizeof(handlers[0]))

/* A connection that its peer has ended. */
static void visit(void)
{
	struct sockaddr_in address;
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (getsockname(listener, (struct sockaddr *)&address, &length) < 0 ||
	    connect(fd, (struct sockaddr *)&address, length) < 0)
		exit(1);
	close(fd);
}

static __attribute__((noinline)) void serve(int rounds)
{
	size_t number;

	while (rounds-- > 0)
		for (number = 0; number < HANDLERS; number++) {
			visit();
			handlers[number](false);
		}
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int rounds[] = { 2, argc > 1 ? atoi(argv[1]) : 0 };
	volatile size_t part;
	size_t number, kept;

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (argc < 2 || bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 16) < 0)
		return 1;
	/* By one call, which is not to be made two: the stacks are the same. */
	for (part = 0; part < 2; part++) {
		serve(rounds[part]);
		if (part == 0 && getchar() == EOF)
			return 1;
	}
	for (number = 0; number < HANDLERS; number++)
		for (kept = 0; kept <= number; kept++) {
			visit();
			handlers[number](true);
		}
	puts("done");
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
