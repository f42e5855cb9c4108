/* SPDX-License-Identifier: MIT */
#include "preload/events/events.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include "preload/events/hangups.h"
#include "preload/events/next_call.h"
#include "preload/ledger/ledger.h"
#include "preload/platform/clock.h"
#include "preload/platform/raw_calls.h"
#include "preload/platform/readable.h"
#include "preload/platform/thread.h"
#include "preload/process/visit.h"

__thread bool hangup_reported __attribute__((tls_model("initial-exec")));

static void note_entered(struct recorded_poller *poller, int32_t thread)
{
	__atomic_store_n(&poller->thread, thread, __ATOMIC_RELAXED);
	__atomic_store_n(&poller->entered_ns, clock_coarse(), __ATOMIC_RELEASE);
}

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
	if (next_call_is_expected())
		next_call_polled(ULONG_MAX);
	if (!ledger_reserve(ledger, SECTION_POLLERS, (uint64_t)epoll, 1)) {
		/* There is no room; no visit puts that right. */
		errno = before;
		return NULL;
	}
	ledger_raise_used(ledger, SECTION_POLLERS, (uint64_t)epoll + 1);
	poller = (struct recorded_poller *)(void *)ledger_base(ledger, SECTION_POLLERS) + epoll;
	note_entered(poller, thread_id(ledger->header->pid));
	return poller;
}

/* False: there is nowhere to note it, or the process has forked unseen during the call. */
static inline bool note_returned(struct recorded_poller *poller)
{
	if (!poller || !visit_own_recording())
		return false;
	__atomic_store_n(&poller->returned_ns, clock_coarse(), __ATOMIC_RELEASE);
	if (poller->waits)
		__atomic_store_n(&poller->waits, 0, __ATOMIC_RELAXED);
	return true;
}

void note_polled(struct recorded_poller *poller)
{
	note_returned(poller);
}

void note_reported(struct recorded_poller *poller, const struct epoll_event *events, int count)
{
	uint32_t reported = 0;
	int i;

	if (!note_returned(poller))
		return;
	for (i = 0; i < count; i++)
		reported |= events[i].events;
	hangup_reported = reported & EPOLLHUP;
}

/* After so long in one call a thread may as well have been cancelled in it. */
#define LONG_NS 1000000000u

/*
 * Has the thread that waits by POLLER, since long ago, ended in that call? Asked once in a while,
 * by a thread that is not the one to wait. One that has left it by longjmp() shows that itself, by
 * its next visit (visit_begin()) or its next poll().
 */
static __attribute__((noinline)) bool was_cancelled(const struct recorded_poller *poller,
						    int32_t pid)
{
	static uint64_t asked_ns;
	uint64_t now = clock_coarse(),
		 since = __atomic_load_n(&poller->entered_ns, __ATOMIC_ACQUIRE),
		 asked = __atomic_load_n(&asked_ns, __ATOMIC_RELAXED);

	if (now - since < LONG_NS || now - asked < LONG_NS)
		return false;
	__atomic_store_n(&asked_ns, now, __ATOMIC_RELAXED);
	return raw_call(SYS_tgkill, pid, __atomic_load_n(&poller->thread, __ATOMIC_RELAXED), 0,
			0) == -ESRCH;
}

/*
 * One row for all threads: a thread that waits is not overwritten by others, so that a loop that
 * waits is known to, and threads that each serve one connection seldom store.
 */
static struct recorded_poller *note_loop(void)
{
	struct ledger *ledger = visit_own_recording();
	struct recorded_poller *poller;
	int32_t thread;

	if (!ledger)
		return NULL;
	poller = &ledger->header->polled;
	thread = thread_id(ledger->header->pid);
	if (__atomic_load_n(&poller->waits, __ATOMIC_RELAXED) &&
	    __atomic_load_n(&poller->thread, __ATOMIC_RELAXED) != thread &&
	    !was_cancelled(poller, ledger->header->pid))
		return NULL;
	__atomic_store_n(&poller->waits, 1, __ATOMIC_RELAXED);
	note_entered(poller, thread);
	return poller;
}

struct recorded_poller *note_polling_of(unsigned long count)
{
	if (next_call_is_expected() && count)
		next_call_polled(count);
	return count ? note_loop() : NULL;
}

/*
 * Can the word at PLACE be read, where the one before it could (of the FIRST nothing is known)? It
 * may lie across two pages.
 */
static bool word_is_readable(const char *place, bool is_first)
{
	uintptr_t last = (uintptr_t)place + sizeof(unsigned long) - 1;

	if (is_first && !readable((uintptr_t)place))
		return false;
	return last % READABLE_PAGE >= sizeof(unsigned long) || readable(last);
}

/*
 * How many descriptors below LIMIT are in any of SETS; of more than two it may be two. Two, also,
 * where a set is no memory.
 */
static unsigned long count_selected(long limit, const char *const sets[3])
{
	const long width = sizeof(unsigned long) * CHAR_BIT;
	unsigned long word, part, count = 0;
	size_t i;
	long fd;

	for (fd = 0; fd < limit && count < 2; fd += width) {
		for (i = 0, word = 0; i < 3; i++) {
			if (!sets[i])
				continue;
			if (!word_is_readable(sets[i] + fd / CHAR_BIT, fd == 0))
				return 2;
			memcpy(&part, sets[i] + fd / CHAR_BIT, sizeof(part));
			word |= part;
		}
		if (limit - fd < width)
			word &= (1ul << (limit - fd)) - 1;
		for (; word && count < 2; word &= word - 1)
			count++;
	}
	return count;
}

static __attribute__((noinline)) void note_selecting_after_end(int limit, const char *const sets[3])
{
	int before = errno;

	next_call_polled(count_selected(limit, sets));
	errno = before;
}

struct recorded_poller *note_selecting(int limit, const void *reading, const void *writing,
				       const void *except)
{
	if (next_call_is_expected())
		note_selecting_after_end(limit, (const char *const[]){ reading, writing, except });
	return limit > 0 ? note_loop() : NULL;
}
