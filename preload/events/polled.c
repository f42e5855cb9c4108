/* SPDX-License-Identifier: MIT */
#include "preload/events/events.h"

#include <errno.h>
#include "preload/events/next_call.h"
#include "preload/ledger/ledger.h"
#include "preload/platform/clock.h"
#include "preload/platform/thread.h"
#include "preload/process/visit.h"

/*
 * Stores without a visit: an event loop comes by here at each turn, and takes no stack that could
 * be interrupted. Of threads that share the descriptor the last one is kept: their times differ by
 * less than matters.
 */
struct recorded_poller *note_polling(int epoll)
{
	struct ledger *ledger = visit_own_recording();
	struct recorded_poller *poller;
	int before;

	if (epoll < 0 || !ledger)
		return NULL;
	before = errno;
	next_call_polled();
	if (!ledger_reserve(ledger, SECTION_POLLERS, (uint64_t)epoll, 1)) {
		/* There is no room; no visit puts that right. */
		errno = before;
		return NULL;
	}
	ledger_raise_used(ledger, SECTION_POLLERS, (uint64_t)epoll + 1);
	poller = (struct recorded_poller *)(void *)ledger_base(ledger, SECTION_POLLERS) + epoll;
	__atomic_store_n(&poller->thread, thread_id(ledger->header->pid), __ATOMIC_RELAXED);
	__atomic_store_n(&poller->entered_ns, clock_coarse(), __ATOMIC_RELEASE);
	return poller;
}

void note_polled(struct recorded_poller *poller)
{
	/* Not where the call was the last thing of a process that has forked unseen meanwhile. */
	if (poller && visit_own_recording())
		__atomic_store_n(&poller->returned_ns, clock_coarse(), __ATOMIC_RELEASE);
}
