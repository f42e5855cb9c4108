/* SPDX-License-Identifier: MIT */
/*
 * carriers line|whole|waits|serves|closes: connections whose ends are read by a function that fills
 * its caller's buffer, and does more than to make the call. The caller, handle(), wanted the bytes,
 * and returns ahead of its close. serve() is lent a buffer, and works on what comes itself. closes
 * is line's twin.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "fault.h"

static volatile int lines;

static __attribute__((noinline)) ssize_t read_line(int fd, char *line, size_t size)
{
	size_t at = 0;

	while (at < size) {
		ssize_t n = read(fd, &line[at], 1);

		if (n <= 0)
			return n;
		if (line[at++] == '\n')
			break;
	}
	return (ssize_t)at;
}

static __attribute__((noinline)) int read_whole(int fd, void *to, size_t size)
{
	char *at = to;
	size_t left = size;

	while (left) {
		ssize_t n = recv(fd, at, left, 0);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		if (n == 0)
			break;
		at += n;
		left -= (size_t)n;
	}
	return left == 0;
}

static __attribute__((noinline)) ssize_t read_within(int fd, char *to, size_t size, int ms)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };
	ssize_t n;

	if (poll(&polled, 1, ms) <= 0)
		return -1;
	n = recv(fd, to, size - 1, 0);
	if (n > 0)
		to[n] = '\0';
	else
		lines++;
	return n;
}

static __attribute__((noinline)) void count_line(const char *line)
{
	lines += line[0] != '\0';
}

static __attribute__((noinline)) ssize_t serve(int fd, char *line, size_t size)
{
	ssize_t n = recv(fd, line, size, 0);

	if (n > 0)
		count_line(line);
	else
		lines++;
	return n;
}

static __attribute__((noinline)) void handle(int fd, const char *how)
{
	char line[16] = "";
	bool goes_on = true;

	if (strcmp(how, "whole") == 0)
		goes_on = read_whole(fd, line, sizeof(line)) > 0;
	else if (strcmp(how, "waits") == 0)
		goes_on = read_within(fd, line, sizeof(line), 20000) > 0;
	else if (strcmp(how, "serves") == 0)
		goes_on = serve(fd, line, sizeof(line)) > 0;
	else
		goes_on = read_line(fd, line, sizeof(line)) > 0;
	if (!goes_on && strcmp(how, "closes") != 0)
		return;
	must(close(fd) == 0, "close");
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), i;

	must(argc == 2, "usage: carriers line|whole|waits|serves|closes");
	for (i = 0; i < FORGOTTEN; i++) {
		int client, fd = accept_client(listener, &address, &client);

		close(client);
		handle(fd, argv[1]);
	}
	pause_ms(HOLD_MS);
	return 0;
}
