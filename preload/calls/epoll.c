/* SPDX-License-Identifier: MIT */
/*
 * epoll_ctl: which events of a socket the program waits for. What an event loop did with a socket
 * after its end is the "last use".
 */
#include "preload/events/events.h"
#include "preload/platform/real_calls.h"

EXPORTED int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
	uint64_t cookie = note_registering(fd);
	int result = real.epoll_ctl(epoll, operation, fd, event);

	if (result == 0)
		note_registered(cookie, epoll, operation, fd, event);
	return result;
}
