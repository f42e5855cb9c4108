/* SPDX-License-Identifier: MIT */
#include "preload/events/events.h"

#include <errno.h>
#include <limits.h>
#include "preload/events/next_call.h"
#include "preload/ledger/ledger.h"
#include "preload/platform/clock.h"
#include "preload/platform/readable.h"
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
	next_call_polled(false);
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

/* COUNT 0 is a way to sleep. */
void note_polling_of(unsigned long count)
{
	if (count)
		next_call_polled(count == 1);
}

/* The word at INDEX of the descriptors that are in any of SETS; all of them where one is no memory.
 */
static unsigned long word_of(const unsigned long *const sets[3], size_t index)
{
	unsigned long word = 0;
	size_t i;

	for (i = 0; i < 3; i++) {
		if (!sets[i])
			continue;
		if (!readable((uintptr_t)&sets[i][index]))
			return ~0ul;
		word |= sets[i][index];
	}
	return word;
}

void note_selecting(int limit, const void *reading, const void *writing, const void *except)
{
	const unsigned long *const sets[] = { reading, writing, except };
	const int width = sizeof(unsigned long) * CHAR_BIT;
	unsigned long word, count = 0;
	int before = errno, fd;

	if (!next_call_is_expected())
		return;
	for (fd = 0; fd < limit && count < 2; fd += width) {
		word = word_of(sets, (size_t)(fd / width));
		if (limit - fd < width)
			word &= (1ul << (limit - fd)) - 1;
		for (; word && count < 2; word &= word - 1)
			count++;
	}
	errno = before;
	note_polling_of(count);
}
