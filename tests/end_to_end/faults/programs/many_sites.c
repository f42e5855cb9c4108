/* SPDX-License-Identifier: MIT */
/* many_sites: twelve functions, each of which forgets one connection at its end. */
#include <unistd.h>
#include "fault.h"

#define FORGET(number)                                                                             \
	static __attribute__((noinline)) void forget_##number(int fd)                              \
	{                                                                                          \
		char byte;                                                                         \
                                                                                                   \
		must(read(fd, &byte, 1) == 0, "read of EOF");                                      \
		must(fd > 0, "descriptor");                                                        \
	}

FORGET(1)
FORGET(2)
FORGET(3)
FORGET(4)
FORGET(5)
FORGET(6)
FORGET(7)
FORGET(8)
FORGET(9)
FORGET(10)
FORGET(11)
FORGET(12)

static void (*const forget[])(int fd) = {
	forget_1, forget_2, forget_3, forget_4,  forget_5,  forget_6,
	forget_7, forget_8, forget_9, forget_10, forget_11, forget_12,
};

int main(void)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address);
	size_t i;

	for (i = 0; i < sizeof(forget) / sizeof(forget[0]); i++) {
		int client, fd = accept_client(listener, &address, &client);

		close(client);
		forget[i](fd);
	}
	pause_ms(HOLD_MS);
	return 0;
}
