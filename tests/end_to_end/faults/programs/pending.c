/* SPDX-License-Identifier: MIT */
/*
 * pending both|write [stay]: a relay gives up connections that are still being made: shutdown() in
 * place of close(). The kernel drops the connection, the descriptor leaks.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "fault.h"

static int begin(const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	must(fd >= 0, "socket");
	must(connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
		     errno == EINPROGRESS,
	     "connect");
	return fd;
}

static __attribute__((noinline)) int open_upstream(const struct sockaddr_in *address)
{
	return begin(address);
}

static __attribute__((noinline)) void give_up(int fd, int how)
{
	shutdown(fd, how);
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), i;

	must(argc >= 2, "usage: pending both|write [stay]");
	/* Who comes when these two wait is not answered. */
	must(listen(listener, 0) == 0, "listen");
	for (i = 0; i < 2; i++) {
		begin(&address);
		pause_ms(20);
	}
	for (i = 0; i < FORGOTTEN; i++)
		give_up(open_upstream(&address),
			strcmp(argv[1], "both") == 0 ? SHUT_RDWR : SHUT_WR);
	pause_ms(HOLD_MS);
	say_ready();
	if (argc > 2)
		pause();
	return 0;
}
