/* SPDX-License-Identifier: MIT */
#include "preload/events/touched.h"

#include "preload/events/event_socket.h"
#include "preload/events/next_call.h"
#include "preload/events/transfers.h"
#include "preload/ledger/ledger.h"
#include "preload/platform/clock.h"
#include "preload/platform/thread.h"
#include "preload/process/stack_here.h"
#include "preload/process/visit.h"

/*
 * What a first time took from the counter is given back: the period is that of all transfers. A
 * call that asked touch_is_first() alone took nothing.
 */
static void count_on(uint8_t weight)
{
	if (transfers_left >= 0)
		return;
	if (weight == TOUCH_FIRST)
		transfers_left += TOUCH_FIRST;
	if (transfers_left < 0)
		transfers_left = TOUCH_PERIOD - 1;
}

static void touch(const struct visit *visit, uint8_t *weights, int fd, enum socket_touch kind)
{
	struct held_socket held;
	uint32_t stack, index = descriptor_get(visit->ledger, fd).row;

	if (visit_by_vfork_child())
		return;
	/* Another descriptor of the same low bits is tracked, or its close went unseen. */
	if (index == NO_ROW)
		return;
	stack = stack_here(visit);
	next_call_note(visit, kind == TOUCH_READ ? NEXT_READ : NEXT_WRITE, fd, index, stack);
	held = event_socket_tracked(visit, fd);
	if (socket_is_held(held)) {
		socket_note_touch(held, kind, stack, thread_id(visit->ledger->header->pid),
				  clock_now());
		__atomic_store_n(&weights[(uint16_t)fd], TOUCH_TRACKED, __ATOMIC_RELAXED);
	}
	socket_release(visit->ledger, held);
}

static inline __attribute__((always_inline)) ssize_t note_moved(uint8_t *weights, int fd,
								enum socket_touch kind,
								ssize_t result)
{
	struct visit visit;

	if (!visit_begin(&visit))
		return result;
	count_on(weights[(uint16_t)fd]);
	touch(&visit, weights, fd, kind);
	visit_end(&visit);
	return result;
}

ssize_t note_read(const int *fd, ssize_t result)
{
	return note_moved(touch_reads, *fd, TOUCH_READ, result);
}

ssize_t note_written(const int *fd, ssize_t result)
{
	return note_moved(touch_writes, *fd, TOUCH_WRITE, result);
}
