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
	if (weight > TOUCH_TRACKED)
		transfers_left += weight;
	if (transfers_left < 0)
		transfers_left = TOUCH_PERIOD - 1;
}

/* FD is used at STACK; it weighs WEIGHT from now on. */
static void used_at(const struct visit *visit, uint8_t *weights, int fd, enum socket_touch kind,
		    uint32_t stack, enum touch_weight weight)
{
	struct held_socket held = event_socket_tracked(visit, fd);

	if (socket_is_held(held)) {
		socket_note_touch(held, kind, stack, thread_id(visit->ledger->header->pid),
				  clock_now());
		__atomic_store_n(&weights[(uint16_t)fd], (uint8_t)weight, __ATOMIC_RELAXED);
	}
	socket_release(visit->ledger, held);
}

/* The row of FD. NO_ROW: another descriptor of the same low bits is tracked, or its close went
 * unseen; or a vfork's child is at work.
 */
static uint32_t row_to_touch(const struct visit *visit, int fd)
{
	uint32_t index = descriptor_get(visit->ledger, fd).row;

	return visit_by_vfork_child() ? NO_ROW : index;
}

static void touch(const struct visit *visit, uint8_t *weights, int fd, enum socket_touch kind)
{
	uint32_t stack, index = row_to_touch(visit, fd);

	if (index == NO_ROW)
		return;
	stack = stack_here(visit);
	next_call_note(visit, kind == TOUCH_READ ? NEXT_READ : NEXT_WRITE, fd, index, stack);
	used_at(visit, weights, fd, kind, stack, TOUCH_TRACKED);
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

ssize_t note_asked(const int *fd, ssize_t result)
{
	struct visit visit;

	if (!visit_begin(&visit))
		return result;
	if (row_to_touch(&visit, *fd) != NO_ROW)
		used_at(&visit, touch_reads, *fd, TOUCH_READ, stack_here(&visit), TOUCH_ASKED);
	visit_end(&visit);
	return result;
}

ssize_t note_written(const int *fd, ssize_t result)
{
	return note_moved(touch_writes, *fd, TOUCH_WRITE, result);
}
