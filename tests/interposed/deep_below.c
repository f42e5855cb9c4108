/* SPDX-License-Identifier: MIT */
/* What deep.c's library needs: opened with it. It has a send() of its own. */
#include <sys/socket.h>
#include <sys/types.h>
#include "deep_below.h"

#define EXPORTED_HERE __attribute__((visibility("default")))

EXPORTED_HERE ssize_t receive_below(int fd);
EXPORTED_HERE ssize_t send(int fd, const void *bytes, size_t count, int flags);

ssize_t receive_below(int fd)
{
	char got;

	return recv(fd, &got, 1, 0);
}

ssize_t send(int fd, const void *bytes, size_t count, int flags)
{
	(void)fd;
	(void)bytes;
	(void)count;
	(void)flags;
	return SENT_BELOW;
}
