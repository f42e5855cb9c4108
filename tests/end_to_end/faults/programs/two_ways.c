/* SPDX-License-Identifier: MIT */
/*
 * two_ways refused|requests: one defect, to which two ways lead that differ far above it: a failed
 * connect() that is tried by two protocols, or requests that are made at first, and once more
 * later.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "fault.h"

static volatile int tries;

static __attribute__((noinline)) int open_socket(const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	must(fd >= 0, "socket");
	tries++;
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
		return -1;
	return fd;
}

static __attribute__((noinline)) int open_session(const struct sockaddr_in *address, int version)
{
	tries += version;
	return open_socket(address);
}

static __attribute__((noinline)) void try_versions(const struct sockaddr_in *address)
{
	int fd = open_session(address, 4);

	if (fd < 0)
		fd = open_session(address, 3);
	must(fd < 0 && errno == ECONNREFUSED, "a refusal");
}

static __attribute__((noinline)) int start_request(const struct sockaddr_in *address)
{
	int fd = open_socket(address);

	must(fd >= 0, "connect");
	must(write(fd, "?", 1) == 1, "write");
	return fd;
}

static __attribute__((noinline)) int make_request(const struct sockaddr_in *address)
{
	tries++;
	return start_request(address);
}

static __attribute__((noinline)) int repeat_request(const struct sockaddr_in *address)
{
	tries += 2;
	return start_request(address);
}

static __attribute__((noinline)) void read_answer(int fd)
{
	char byte;

	must(read(fd, &byte, 1) == 0, "read of EOF");
}

static void serve(int listener, int fd)
{
	int served = accept(listener, NULL, NULL);
	char byte;

	must(served >= 0 && read(served, &byte, 1) == 1, "a request");
	close(served);
	read_answer(fd);
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), i;

	must(argc == 2, "usage: two_ways refused|requests");
	if (strcmp(argv[1], "refused") == 0) {
		must(close(listener) == 0, "close");
		for (i = 0; i < FORGOTTEN; i++)
			try_versions(&address);
	} else {
		serve(listener, make_request(&address));
		for (i = 1; i < FORGOTTEN; i++)
			serve(listener, repeat_request(&address));
	}
	pause_ms(HOLD_MS);
	return 0;
}
