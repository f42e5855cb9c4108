/* SPDX-License-Identifier: MIT */
/* poll() and select(): a loop that waits for events again is done with the last ones. */
#include "preload/events/events.h"
#include "preload/platform/real_calls.h"

EXPORTED int poll(struct pollfd *polled, nfds_t count, int timeout_ms)
{
	note_polling_of(count);
	return real.poll(polled, count, timeout_ms);
}

EXPORTED int __poll(struct pollfd *polled, nfds_t count, int timeout_ms)
{
	note_polling_of(count);
	return real.__poll(polled, count, timeout_ms);
}

EXPORTED int __poll_chk(struct pollfd *polled, nfds_t count, int timeout_ms, size_t room)
{
	note_polling_of(count);
	return real.__poll_chk(polled, count, timeout_ms, room);
}

EXPORTED int ppoll(struct pollfd *polled, nfds_t count, const struct timespec *timeout,
		   const sigset_t *mask)
{
	note_polling_of(count);
	return real.ppoll(polled, count, timeout, mask);
}

EXPORTED int __ppoll_chk(struct pollfd *polled, nfds_t count, const struct timespec *timeout,
			 const sigset_t *mask, size_t room)
{
	note_polling_of(count);
	return real.__ppoll_chk(polled, count, timeout, mask, room);
}

EXPORTED int select(int limit, fd_set *reading, fd_set *writing, fd_set *except,
		    struct timeval *timeout)
{
	note_selecting(limit, reading, writing, except);
	return real.select(limit, reading, writing, except, timeout);
}

EXPORTED int __select(int limit, fd_set *reading, fd_set *writing, fd_set *except,
		      struct timeval *timeout)
{
	note_selecting(limit, reading, writing, except);
	return real.__select(limit, reading, writing, except, timeout);
}

EXPORTED int pselect(int limit, fd_set *reading, fd_set *writing, fd_set *except,
		     const struct timespec *timeout, const sigset_t *mask)
{
	note_selecting(limit, reading, writing, except);
	return real.pselect(limit, reading, writing, except, timeout, mask);
}
