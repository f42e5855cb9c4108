/* SPDX-License-Identifier: MIT */
/* A library whose constructor opens a socket before the recorder can see its calls (deep_bound.c).
 */
#include <sys/socket.h>

__attribute__((visibility("default"))) int opened_by_constructor(void);

static int opened = -1;

static __attribute__((constructor)) void begin(void)
{
	opened = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	listen(opened, 5);
}

int opened_by_constructor(void)
{
	return opened;
}
