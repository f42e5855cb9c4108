/* SPDX-License-Identifier: MIT */
/*
 * pool PORT used|unused: a pool of connections whose peers hang up while they are idle, a while
 * before the program ends. "unused": nobody ever sent anything over them.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "fault.h"

static __attribute__((noinline)) void use(int fd)
{
	char answer[64];

	must(write(fd, "q\n", 2) == 2, "write");
	must(read(fd, answer, sizeof(answer)) > 0, "read");
}

int main(int argc, char **argv)
{
	int i;

	must(argc == 3, "usage: pool PORT used|unused");
	for (i = 0; i < FORGOTTEN; i++) {
		int fd = connect_to(atoi(argv[1]));

		if (strcmp(argv[2], "used") == 0)
			use(fd);
	}
	pause_ms(2 * HOLD_MS);
	return 0;
}
