/* SPDX-License-Identifier: MIT */
/*
 * upload forgets|closes: one connection announces to a server what comes on another. After some
 * uploads receive_file() returns ahead of its close, and its caller closes the other connection
 * right after that.
 */
#include <string.h>
#include <unistd.h>
#include "fault.h"

static volatile int bytes;

static __attribute__((noinline)) void receive_file(int fd, bool is_aborted)
{
	char block[64];
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) > 0)
		bytes += (int)n;
	if (is_aborted)
		return;
	must(close(fd) == 0, "close");
}

static __attribute__((noinline)) void serve(int listener, const struct sockaddr_in *address,
					    bool is_aborted)
{
	int commands, data, control = accept_client(listener, address, &commands);
	int fd = accept_client(listener, address, &data);

	must(write(data, "data", 4) == 4, "write");
	close(data);
	receive_file(fd, is_aborted);
	must(close(control) == 0, "close");
	close(commands);
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), i;
	bool forgets = argc > 1 && strcmp(argv[1], "forgets") == 0;

	for (i = 0; i < 2 * FORGOTTEN; i++)
		serve(listener, &address, forgets && i % 2 == 0);
	pause_ms(HOLD_MS);
	return 0;
}
