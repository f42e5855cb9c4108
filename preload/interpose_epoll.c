/* SPDX-License-Identifier: MIT */
/* epoll_ctl: what an event loop did with a socket after its end is the "last use". */
#include "preload/notes.h"
#include "preload/real_calls.h"

EXPORTED int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
	int result = real.epoll_ctl(epoll, operation, fd, event);

	if (result == 0 && operation == EPOLL_CTL_DEL)
		note_use_after_end(fd, USE_EPOLL_DEL);
	else if (result == 0 && operation == EPOLL_CTL_MOD)
		note_use_after_end(fd, USE_EPOLL_MOD);
	return result;
}
