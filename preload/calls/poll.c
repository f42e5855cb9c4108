/* SPDX-License-Identifier: MIT */
/* poll() and select(): a loop that waits for events again is done with the last ones. */
#include "preload/events/events.h"
#include "preload/platform/real_calls.h"

EXPORTED int poll(struct pollfd *polled, nfds_t count, int timeout_ms)
{
	struct recorded_poller *poller = note_polling_of(count);
	int result = real.poll(polled, count, timeout_ms);

	note_polled(poller);
	return result;
}

EXPORTED int __poll(struct pollfd *polled, nfds_t count, int timeout_ms)
{
	struct recorded_poller *poller = note_polling_of(count);
	int result = real.__poll(polled, count, timeout_ms);

	note_polled(poller);
	return result;
}

EXPORTED int __poll_chk(struct pollfd *polled, nfds_t count, int timeout_ms, size_t room)
{
	struct recorded_poller *poller = note_polling_of(count);
	int result = real.__poll_chk(polled, count, timeout_ms, room);

	note_polled(poller);
	return result;
}

EXPORTED int ppoll(struct pollfd *polled, nfds_t count, const struct timespec *timeout,
		   const sigset_t *mask)
{
	struct recorded_poller *poller = note_polling_of(count);
	int result = real.ppoll(polled, count, timeout, mask);

	note_polled(poller);
	return result;
}

EXPORTED int __ppoll_chk(struct pollfd *polled, nfds_t count, const struct timespec *timeout,
			 const sigset_t *mask, size_t room)
{
	struct recorded_poller *poller = note_polling_of(count);
	int result = real.__ppoll_chk(polled, count, timeout, mask, room);

	note_polled(poller);
	return result;
}

EXPORTED int select(int limit, fd_set *reading, fd_set *writing, fd_set *except,
		    struct timeval *timeout)
{
	struct recorded_poller *poller = note_selecting(limit, reading, writing, except);
	int result = real.select(limit, reading, writing, except, timeout);

	note_polled(poller);
	return result;
}

EXPORTED int __select(int limit, fd_set *reading, fd_set *writing, fd_set *except,
		      struct timeval *timeout)
{
	struct recorded_poller *poller = note_selecting(limit, reading, writing, except);
	int result = real.__select(limit, reading, writing, except, timeout);

	note_polled(poller);
	return result;
}

EXPORTED int pselect(int limit, fd_set *reading, fd_set *writing, fd_set *except,
		     const struct timespec *timeout, const sigset_t *mask)
{
	struct recorded_poller *poller = note_selecting(limit, reading, writing, except);
	int result = real.pselect(limit, reading, writing, except, timeout, mask);

	note_polled(poller);
	return result;
}
