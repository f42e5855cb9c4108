/* SPDX-License-Identifier: MIT */
#include "preload/events/next_call.h"

#include "preload/events/transfers.h"
#include "preload/ledger/ledger.h"
#include "preload/ledger/winding_up.h"
#include "preload/platform/clock.h"
#include "preload/process/stack_here.h"

#define EPOLL_CALLS_KEPT 4
#define WAITS_FOLLOWED   4

__thread struct expected_next expected_next __attribute__((tls_model("initial-exec")));

/* The row that waits, if it still is the same socket: a forked child gives its rows new numbers. */
static struct held_socket waiting(const struct visit *visit)
{
	if (!ledger_is_open(visit->ledger) || visit_by_vfork_child() ||
	    expected_next.index >= ledger_used(visit->ledger, SECTION_SOCKETS))
		return (struct held_socket){ .row = NULL };
	return socket_acquire_row(visit->ledger, expected_next.index, expected_next.cookie);
}

static void keep(const struct visit *visit, enum recorded_next next, int fd, uint32_t stack)
{
	struct held_socket held = waiting(visit);

	if (socket_is_held(held)) {
		uint64_t now = clock_now();

		socket_note_next(held, next, fd, stack, now);
		if (next == NEXT_WRITE && fd == held.row->first_fd)
			winding_up_answered(now);
	}
	socket_release(visit->ledger, held);
}

void next_call_expect(const struct visit *visit, struct held_socket held)
{
	/* The thread went on to read from this one. */
	if (next_call_is_expected() && !expected_next.kept)
		keep(visit, NEXT_READ, held.row->first_fd, 0);
	expected_next = (struct expected_next){ .cookie = held.row->cookie, .index = held.index };
	/* Its next transfer is not to go by. */
	transfers_left = 0;
}

/* A library asks epoll to leave the socket alone before it calls the handler. */
static void note_epoll(const struct visit *visit, enum recorded_next next, int fd, uint32_t stack)
{
	if (expected_next.kept == EPOLL_CALLS_KEPT)
		return;
	expected_next.kept++;
	keep(visit, next, fd, stack ? stack : stack_here(visit));
}

/* May be about another connection, whose event came with this one's. */
static bool begins_other(enum recorded_next next)
{
	return next == NEXT_ACCEPT || next == NEXT_READ || next == NEXT_EPOLL_CTL;
}

void next_call_note(const struct visit *visit, enum recorded_next next, int fd, uint32_t index,
		    uint32_t stack)
{
	bool same = index == expected_next.index;

	if (!next_call_is_expected())
		return;
	if (same && (next == NEXT_EPOLL_DEL || next == NEXT_EPOLL_CTL)) {
		note_epoll(visit, next, fd, stack);
		return;
	}
	/* With its close the row goes, and what waited with it. */
	if (!(same && next == NEXT_CLOSE) && !(expected_next.kept && begins_other(next)))
		keep(visit, next, fd, stack ? stack : stack_here(visit));
	expected_next.cookie = 0;
}

void next_call_polled(unsigned long count)
{
	bool is_last = ++expected_next.waits >= WAITS_FOLLOWED;
	struct visit visit;

	if (count && !expected_next.kept) {
		if (!visit_begin(&visit))
			return;
		keep(&visit, NEXT_POLLED, -1, 0);
		visit_end(&visit);
	}
	if (count == 1)
		expected_next.kept = EPOLL_CALLS_KEPT;
	if (count > 1 || is_last)
		expected_next.cookie = 0;
}
