/* SPDX-License-Identifier: MIT */
/*
 * epoll_ctl: which events of a socket the program waits for; what an event loop did with a socket
 * after its end is the "last use". epoll_wait: whether anybody has learned of the end.
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

EXPORTED int epoll_wait(int epoll, struct epoll_event *events, int room, int timeout_ms)
{
	struct recorded_poller *poller = note_polling(epoll);
	int result = real.epoll_wait(epoll, events, room, timeout_ms);

	note_reported(poller, events, result);
	return result;
}

EXPORTED int epoll_pwait(int epoll, struct epoll_event *events, int room, int timeout_ms,
			 const sigset_t *mask)
{
	struct recorded_poller *poller = note_polling(epoll);
	int result = real.epoll_pwait(epoll, events, room, timeout_ms, mask);

	note_reported(poller, events, result);
	return result;
}

EXPORTED int epoll_pwait2(int epoll, struct epoll_event *events, int room,
			  const struct timespec *timeout, const sigset_t *mask)
{
	struct recorded_poller *poller = note_polling(epoll);
	int result = real.epoll_pwait2(epoll, events, room, timeout, mask);

	note_reported(poller, events, result);
	return result;
}
