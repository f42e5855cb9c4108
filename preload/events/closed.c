/* SPDX-License-Identifier: MIT */
#include "preload/events/events.h"

#include "preload/events/closed_numbers.h"
#include "preload/events/event_socket.h"
#include "preload/events/next_call.h"
#include "preload/events/transfers.h"
#include "preload/ledger/ledger.h"
#include "preload/platform/clock.h"
#include "preload/platform/kernel.h"
#include "preload/process/crash_handler.h"
#include "preload/process/stack_here.h"
#include "preload/process/visit.h"

/* A wrapper was refused inside the recorder: if FD is tracked, its end goes by unseen. */
static void count_reentered(int fd)
{
	struct ledger *ledger = visit_under_way() ? visit_own_recording() : NULL;

	if (ledger && descriptor_get(ledger, fd).row != NO_ROW)
		ledger_count_lost(ledger, LOST_REENTERED);
}

/* FD, which may be the last descriptor of ROW, is about to be closed. */
static void ask_at_close(int fd, struct recorded_socket *row, uint64_t now)
{
	if (row->descriptors == 1)
		event_ask_unread_end(fd, row, now);
}

/*
 * Closes FD, whose word is at PLACE, in the tables, in a visit whose stack is *STACK (0: not taken
 * yet).
 */
static void close_tracked(const struct visit *visit, int fd, uint64_t *place, uint32_t *stack,
			  bool still_there)
{
	struct descriptor_entry entry;
	uint64_t now;

	if (!*stack) {
		*stack = stack_here(visit);
		crash_handler_note(visit);
	}
	/* What was taken is ours alone: its row stays this socket's. */
	entry = descriptor_take_at(place);
	if (!event_entry_holds(visit, fd, entry))
		return;
	now = clock_now();
	touch_forget(fd);
	closed_number_note(fd, *stack, now);
	if (next_call_is_expected())
		next_call_note(visit, NEXT_CLOSE, fd, entry.row, *stack);
	if (still_there)
		ask_at_close(fd, socket_row(visit->ledger, entry.row), now);
	socket_close_entry(visit->ledger, fd, entry, *stack, now);
}

void note_closing(int fd)
{
	uint32_t stack = 0;
	struct visit visit;
	uint64_t *place;

	if (!visit_begin(&visit)) {
		count_reentered(fd);
		return;
	}
	/* The common close is of a file: one load, no system call. */
	place = descriptor_place(visit.ledger, fd);
	if (place && recorded_descriptor_row(__atomic_load_n(place, __ATOMIC_SEQ_CST)) &&
	    !visit_by_another_process(&visit))
		close_tracked(&visit, fd, place, &stack, true);
	visit_end(&visit);
}

void note_closing_range(unsigned int first, unsigned int last)
{
	uint32_t stack = 0;
	struct visit visit;
	int fd;

	if (first > INT_MAX || !visit_begin(&visit))
		return;
	fd = descriptor_next(visit.ledger, (int)first);
	if (fd >= 0 && !visit_by_another_process(&visit))
		for (; fd >= 0 && (unsigned int)fd <= last;
		     fd = descriptor_next(visit.ledger, fd + 1))
			close_tracked(&visit, fd, descriptor_place(visit.ledger, fd), &stack, true);
	visit_end(&visit);
}

void note_closed_somewhere(void)
{
	uint32_t stack = 0;
	struct visit visit;
	int fd;

	if (!visit_begin(&visit))
		return;
	fd = visit_by_another_process(&visit) ? -1 : descriptor_next(visit.ledger, 0);
	for (; fd >= 0; fd = descriptor_next(visit.ledger, fd + 1)) {
		struct held_socket held = socket_acquire(visit.ledger, fd);
		bool gone = socket_is_held(held) && kernel_cookie(fd) != held.row->cookie;

		socket_release(visit.ledger, held);
		if (gone)
			close_tracked(&visit, fd, descriptor_place(visit.ledger, fd), &stack,
				      false);
	}
	visit_end(&visit);
}

/* What TARGET was is about to be replaced: its entry, taken from the table. */
static struct descriptor_entry take_replaced(const struct visit *visit, int target)
{
	struct descriptor_entry entry = descriptor_take(visit->ledger, target);

	if (!event_entry_holds(visit, target, entry))
		return (struct descriptor_entry){ .row = NO_ROW };
	ask_at_close(target, socket_row(visit->ledger, entry.row), clock_now());
	return entry;
}

void note_duplicating(int fd, int target, struct duplication *duplication)
{
	struct held_socket source;
	struct visit visit;

	*duplication = (struct duplication){ .replaced.row = NO_ROW, .target = target };
	if (fd == target || !visit_begin(&visit))
		return;
	if (descriptor_get(visit.ledger, fd).row == NO_ROW &&
	    (target < 0 || descriptor_get(visit.ledger, target).row == NO_ROW))
		goto out;
	if (visit_by_another_process(&visit))
		goto out;
	source = event_socket_tracked(&visit, fd);
	if (socket_is_held(source) && socket_promise_descriptor(source))
		duplication->source = source;
	else
		socket_release(visit.ledger, source);
	if (target >= 0)
		duplication->replaced = take_replaced(&visit, target);
	duplication->under_way = true;
out:
	visit_end(&visit);
}

/* The call failed: all stays as it was. */
static void take_back(const struct visit *visit, struct duplication *duplication)
{
	struct descriptor_entry replaced;

	if (duplication->replaced.row != NO_ROW &&
	    descriptor_put(visit->ledger, duplication->target, duplication->replaced, &replaced) &&
	    replaced.row != NO_ROW)
		socket_lose_entry(visit->ledger, replaced);
	if (socket_is_held(duplication->source))
		socket_break_promise(visit->ledger, duplication->source);
}

void note_duplicated(struct duplication *duplication, int result)
{
	struct visit visit;
	uint32_t stack;

	if (!duplication->under_way || !visit_begin(&visit))
		return;
	if (result < 0) {
		take_back(&visit, duplication);
		goto out;
	}
	stack = stack_here(&visit);
	if (duplication->replaced.row != NO_ROW)
		socket_close_entry(visit.ledger, result, duplication->replaced, stack, clock_now());
	if (socket_is_held(duplication->source)) {
		touch_expect(result);
		socket_keep_promise(visit.ledger, duplication->source, result, stack);
	}
out:
	visit_end(&visit);
}
