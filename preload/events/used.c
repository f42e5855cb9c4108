/* SPDX-License-Identifier: MIT */
#include "preload/events/events.h"

#include <errno.h>
#include "preload/events/event_socket.h"
#include "preload/events/hangups.h"
#include "preload/events/next_call.h"
#include "preload/ledger/ledger.h"
#include "preload/platform/clock.h"
#include "preload/platform/kernel.h"
#include "preload/platform/thread.h"
#include "preload/process/stack_here.h"
#include "preload/process/visit.h"
#include "preload/recording/decision.h"

/* The directions that shutdown(HOW) ends, as kept in recorded_socket.shutdown_how. */
static uint8_t directions(int how)
{
	return how == SHUT_RD   ? SHUTDOWN_READ
	       : how == SHUT_WR ? SHUTDOWN_WRITE
				: SHUTDOWN_READ | SHUTDOWN_WRITE;
}

/* Ahead of the call: a reader in another thread is woken by it and reads 0, which is no EOF. */
uint8_t note_shutdown_begins(int fd, int how)
{
	uint8_t first_ended = 0, before;
	struct held_socket held;
	struct visit visit;

	if (how < SHUT_RD || how > SHUT_RDWR || !visit_begin(&visit))
		return 0;
	held = event_socket_tracked(&visit, fd);
	if (socket_is_held(held)) {
		/* Afterwards the state shows what the program did, no longer what the peer did. */
		if (how != SHUT_RD)
			event_ask_unread_end(fd, held.row, clock_now());
		before = __atomic_fetch_or(&held.row->shutdown_how, directions(how),
					   __ATOMIC_RELEASE);
		first_ended = directions(how) & ~before;
	}
	socket_release(visit.ledger, held);
	visit_end(&visit);
	return first_ended;
}

/* shutdown() of the directions HOW has succeeded. Returns the stack, or 0: it was not needed. */
static uint32_t shut_down(const struct visit *visit, struct held_socket held, int how)
{
	struct recorded_socket *row = held.row;
	uint32_t stack;

	__atomic_fetch_or(&row->shutdown_how, directions(how), __ATOMIC_RELEASE);
	if (row->role == ROLE_LISTENER)
		return 0;
	/* On a connection that goes on it only means "I will not read". */
	if (how == SHUT_RD && !(row->life & (LIFE_EOF | LIFE_ERROR | LIFE_SHUTDOWN)))
		return 0;
	stack = stack_here(visit);
	if (how == SHUT_RD) {
		socket_note_use(visit->ledger, held, USE_SHUTDOWN_READ, stack, clock_now());
		return stack;
	}
	if (row->life & (LIFE_EOF | LIFE_ERROR))
		socket_note_use(visit->ledger, held, USE_SHUTDOWN, stack, clock_now());
	if (socket_claim(held, LIFE_SHUTDOWN))
		socket_note_shutdown(visit->ledger, held, stack, clock_now());
	return stack;
}

void note_shutdown(int fd, int how, int result, uint8_t first_ended)
{
	int error = result < 0 ? errno : 0;
	struct held_socket held;
	struct visit visit;

	if (how < SHUT_RD || how > SHUT_RDWR || !visit_begin(&visit))
		return;
	/* A failure may be news of a descriptor that was closed unseen. */
	held = result < 0 ? event_socket(&visit, fd) : event_socket_known(&visit, fd);
	if (!socket_is_held(held))
		goto out;
	/* ENOTCONN: the connection is dead already; to the program it is shut down all the same. */
	if (result < 0 && (error != ENOTCONN || held.row->role != ROLE_CONNECTED))
		__atomic_fetch_and(&held.row->shutdown_how, (uint8_t)~first_ended,
				   __ATOMIC_RELEASE);
	else
		next_call_note(&visit, NEXT_SHUTDOWN, fd, held.index, shut_down(&visit, held, how));
	socket_release(visit.ledger, held);
out:
	visit_end(&visit);
}

/* The row of FD where it is the socket COOKIE, or NULL. Not held: to be read only. */
static const struct recorded_socket *peek_at_socket(int fd, uint64_t cookie)
{
	const struct ledger *ledger = visit_peek();
	const struct recorded_socket *row;
	uint32_t index;

	if (!ledger || !cookie)
		return NULL;
	index = descriptor_get(ledger, fd).row;
	row = index == NO_ROW ? NULL : socket_row(ledger, index);
	return row && __atomic_load_n(&row->cookie, __ATOMIC_RELAXED) == cookie ? row : NULL;
}

/* No visit: nothing is stored, and in a child whose fork went unseen it finds its parent's row. */
uint64_t note_registering(int fd)
{
	const struct ledger *ledger = visit_peek();
	uint32_t index = ledger ? descriptor_get(ledger, fd).row : NO_ROW;

	if (index == NO_ROW)
		return 0;
	return __atomic_load_n(&socket_row(ledger, index)->cookie, __ATOMIC_RELAXED);
}

static bool has_ended(const struct recorded_socket *row)
{
	return row->role != ROLE_LISTENER && (row->life & (LIFE_EOF | LIFE_ERROR | LIFE_SHUTDOWN));
}

#define WATCHED_MAX 4

/*
 * The first time that epoll is asked about a socket, and the first times that it is asked for a
 * chance to write: in libraries that do all else in their loop, a handler is at work then.
 */
static uint32_t watched(const struct visit *visit, struct held_socket held, uint32_t before,
			uint32_t interest)
{
	uint8_t times = __atomic_load_n(&held.row->watched, __ATOMIC_RELAXED);
	uint32_t stack;

	if (times == WATCHED_MAX || (times > 0 && !(interest & ~before & EPOLLOUT)))
		return 0;
	stack = stack_here(visit);
	__atomic_store_n(&held.row->watched, times + 1, __ATOMIC_RELAXED);
	socket_note_touch(held, TOUCH_WATCH, stack, thread_id(visit->ledger->header->pid),
			  clock_now());
	return stack;
}

/* Does INTEREST, as long as nobody changes it, lead a reader to the EOF? */
static bool asks_for_end(uint32_t interest)
{
	return (interest & (EPOLLIN | EPOLLRDHUP)) && !(interest & EPOLLONESHOT);
}

/*
 * Reading is paused, or asked for once only. A server may pause after each request: where that is,
 * is taken down the first time, the second, the fourth... STACK, if it was taken already, else 0.
 * Returns it.
 */
static uint32_t paused(const struct visit *visit, struct held_socket held, uint32_t stack)
{
	uint8_t times = __atomic_load_n(&held.row->paused, __ATOMIC_RELAXED);

	if (times == UINT8_MAX)
		return stack;
	__atomic_store_n(&held.row->paused, ++times, __ATOMIC_RELAXED);
	if ((times & (times - 1)) != 0)
		return stack;
	if (!stack)
		stack = stack_here(visit);
	__atomic_store_n(&held.row->paused_stack, stack, __ATOMIC_RELAXED);
	return stack;
}

static bool pauses(const struct recorded_socket *row, uint32_t before, uint32_t interest)
{
	return row->role != ROLE_LISTENER && !row->eof_ns && !asks_for_end(interest) &&
	       (asks_for_end(before) || (interest & EPOLLONESHOT));
}

/*
 * Is it taken out of its set because epoll has reported a reset? Nothing but that closes a
 * connection that the program has not shut down; MPTCP shows a subflow's state.
 */
static bool is_dropped_reset(const struct recorded_socket *row, int operation, int fd)
{
	return operation == EPOLL_CTL_DEL && hangup_reported && row->role == ROLE_CONNECTED &&
	       !has_ended(row) && (row->kind == KIND_TCP || row->kind == KIND_TCP6) &&
	       kernel_is_reset(fd);
}

/* Returns the stack, or 0: another thread was first. */
static uint32_t dropped_reset(const struct visit *visit, struct held_socket held)
{
	uint32_t stack;

	if (!socket_claim(held, LIFE_ERROR))
		return 0;
	stack = stack_here(visit);
	__atomic_store_n(&held.row->error_call, ERROR_CALL_EPOLL_DEL, __ATOMIC_RELAXED);
	socket_note_error(visit->ledger, held, 0, stack, clock_now());
	return stack;
}

static void registered(const struct visit *visit, struct held_socket held, int epoll, int operation,
		       int fd, uint32_t interest)
{
	struct recorded_socket *row = held.row;
	uint32_t before = row->epoll_interest, stack = 0;
	bool dropped = is_dropped_reset(row, operation, fd);

	/* Handed over from one loop to another, it is taken out of the old set last. */
	if (operation != EPOLL_CTL_DEL || row->epoll == epoll) {
		__atomic_store_n(&row->epoll, epoll, __ATOMIC_RELAXED);
		__atomic_store_n(&row->epoll_interest, interest, __ATOMIC_RELAXED);
	}
	if (operation != EPOLL_CTL_ADD && has_ended(row)) {
		stack = stack_here(visit);
		socket_note_use(visit->ledger, held,
				operation == EPOLL_CTL_DEL ? USE_EPOLL_DEL : USE_EPOLL_MOD, stack,
				clock_now());
	} else if (dropped) {
		stack = dropped_reset(visit, held);
	} else if (operation != EPOLL_CTL_DEL) {
		stack = watched(visit, held, before, interest);
	}
	if (row->epoll == epoll && pauses(row, before, interest))
		stack = paused(visit, held, stack);
	next_call_note(visit, operation == EPOLL_CTL_DEL ? NEXT_EPOLL_DEL : NEXT_EPOLL_CTL, fd,
		       held.index, stack);
	if (dropped && stack)
		next_call_expect(visit, held);
}

void note_registered(uint64_t cookie, int epoll, int operation, int fd,
		     const struct epoll_event *event)
{
	uint32_t interest = operation == EPOLL_CTL_DEL ? 0 : RECORDED_REGISTERED | event->events;
	const struct recorded_socket *row = peek_at_socket(fd, cookie);
	struct held_socket held;
	struct visit visit;

	/*
	 * A server with EPOLLONESHOT asks for the same again after each request: that is no news,
	 * and ends here, without a store into a line that other threads have in their caches.
	 */
	if (!row || (row->epoll == epoll && row->epoll_interest == interest && !has_ended(row) &&
		     !next_call_is_expected()))
		return;
	if (!visit_begin(&visit))
		return;
	/* Looked up again: a visit may find that this is a child, and the row its parent's. */
	held = event_socket_tracked(&visit, fd);
	if (socket_is_held(held) && held.row->cookie == cookie)
		registered(&visit, held, epoll, operation, fd, interest);
	socket_release(visit.ledger, held);
	visit_end(&visit);
}
