/* SPDX-License-Identifier: MIT */
/*
 * inline_calls: forgets connections that it opened and read to the end by system calls of its own,
 * as programs in Go make all of theirs. No preloaded library sees them.
 */
#include <sys/syscall.h>
#include <unistd.h>
#include "fault.h"

#if defined(__x86_64__)
static long call(long number, long first, const void *second, long third)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(first), "S"(second), "d"(third)
			 : "rcx", "r11", "memory");
	return result;
}

static int connect_inline(const struct sockaddr_in *address)
{
	long fd = call(SYS_socket, AF_INET, (const void *)SOCK_STREAM, 0);

	must(fd >= 0, "socket");
	must(call(SYS_connect, fd, address, sizeof(*address)) == 0, "connect");
	return (int)fd;
}

int main(void)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), i;
	char byte;

	for (i = 0; i < FORGOTTEN; i++) {
		int fd = connect_inline(&address);

		must(close(accept(listener, NULL, NULL)) == 0, "close");
		must(call(SYS_read, fd, &byte, 1) == 0, "read of EOF");
	}
	/* Long enough to be sampled. */
	pause_ms(3 * HOLD_MS);
	return 0;
}
#else
int main(void)
{
	return 77;
}
#endif
