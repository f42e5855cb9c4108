/* SPDX-License-Identifier: MIT */
#include "preload/events/events.h"

#include <errno.h>
#include "preload/platform/clock.h"
#include "preload/ledger/ledger.h"
#include "preload/events/event_socket.h"
#include "preload/ledger/socket_table.h"
#include "preload/ledger/stack_table.h"
#include "preload/recording/decision.h"
#include "preload/process/visit.h"

/* The directions that shutdown(HOW) ends, as kept in recorded_socket.shutdown_how. */
static uint8_t directions(int how)
{
	return how == SHUT_RD   ? SHUTDOWN_READ
	       : how == SHUT_WR ? SHUTDOWN_WRITE
				: SHUTDOWN_READ | SHUTDOWN_WRITE;
}

static void remember_use(struct recorded_socket *row, enum recorded_use use, uint32_t stack)
{
	uint64_t now = clock_now();

	row->last_use = use;
	row->last_use_stack = stack;
	__atomic_store_n(&row->last_use_ns, now, __ATOMIC_RELEASE);
	ledger_touch(now);
}

/* Ahead of the call: a reader in another thread is woken by it and reads 0, which is no EOF. */
uint8_t note_shutdown_begins(int fd, int how)
{
	uint8_t first_ended = 0, before;
	struct fd_entry entry;
	struct visit visit;

	if (how < SHUT_RD || how > SHUT_RDWR || !visit_begin(&visit))
		return 0;
	entry = fd_table_get(fd);
	if (entry.row != NO_ROW && !visit_by_vfork_child()) {
		before = __atomic_fetch_or(&socket_row(entry.row)->shutdown_how, directions(how),
					   __ATOMIC_RELEASE);
		first_ended = directions(how) & ~before;
	}
	visit_end(&visit);
	return first_ended;
}

void note_shutdown(int fd, int how, int result, uint8_t first_ended)
{
	int error = errno;
	struct recorded_socket *row;
	struct visit visit;
	uint32_t index, stack;

	if (how < SHUT_RD || how > SHUT_RDWR || !visit_begin(&visit))
		return;
	if (visit_by_vfork_child())
		goto out;
	index = notes_row_of(fd);
	if (index == NO_ROW)
		goto out;
	row = socket_row(index);
	/* ENOTCONN: the connection is dead already; to the program it is shut down all the same. */
	if (result < 0 && (error != ENOTCONN || row->role != ROLE_CONNECTED)) {
		__atomic_fetch_and(&row->shutdown_how, (uint8_t)~first_ended, __ATOMIC_RELEASE);
		goto out;
	}
	__atomic_fetch_or(&row->shutdown_how, directions(how), __ATOMIC_RELEASE);
	if (row->role == ROLE_LISTENER)
		goto out;
	/* Of a connection that goes on it says nothing but "I will not read". */
	if (how == SHUT_RD && !(row->life & (LIFE_EOF | LIFE_ERROR | LIFE_SHUTDOWN)))
		goto out;
	stack = stack_here();
	if (row->life & (LIFE_EOF | LIFE_ERROR) || how == SHUT_RD)
		remember_use(row, how == SHUT_RD ? USE_SHUTDOWN_READ : USE_SHUTDOWN, stack);
	if (how == SHUT_RD)
		goto out;
	if (socket_claim(index, LIFE_SHUTDOWN)) {
		row->shutdown_stack = stack;
		__atomic_store_n(&row->shutdown_ns, clock_now(), __ATOMIC_RELEASE);
		ledger_touch(row->shutdown_ns);
	}
out:
	visit_end(&visit);
}

/* The row of FD where it is the socket COOKIE, or NULL. */
static struct recorded_socket *row_of_socket(int fd, uint64_t cookie)
{
	struct fd_entry entry = fd_table_get(fd);
	struct recorded_socket *row;

	if (entry.row == NO_ROW)
		return NULL;
	row = socket_row(entry.row);
	return row->cookie == cookie ? row : NULL;
}

/* No visit: nothing is stored, and in a child whose fork went unseen it finds its parent's row. */
uint64_t note_registering(int fd)
{
	struct fd_entry entry = fd_table_get(fd);

	return entry.row == NO_ROW ? 0 : socket_row(entry.row)->cookie;
}

static bool has_ended(const struct recorded_socket *row)
{
	return row->role != ROLE_LISTENER && (row->life & (LIFE_EOF | LIFE_ERROR | LIFE_SHUTDOWN));
}

static void set_interest(struct recorded_socket *row, int epoll, uint32_t interest)
{
	__atomic_store_n(&row->epoll, epoll, __ATOMIC_RELAXED);
	__atomic_store_n(&row->epoll_interest, interest, __ATOMIC_RELAXED);
}

void note_registered(uint64_t cookie, int epoll, int operation, int fd,
		     const struct epoll_event *event)
{
	uint32_t interest = operation == EPOLL_CTL_DEL ? 0 : RECORDED_REGISTERED | event->events;
	struct recorded_socket *row;
	struct visit visit;

	row = cookie ? row_of_socket(fd, cookie) : NULL;
	/*
	 * A server with EPOLLONESHOT asks for the same again after each request: that is no news,
	 * and ends here, without a store into a line that other threads have in their caches.
	 */
	if (!row || (row->epoll == epoll && row->epoll_interest == interest && !has_ended(row)))
		return;
	if (!visit_begin(&visit))
		return;
	/* Looked up again: a visit may find that this is a child, and the row its parent's. */
	row = row_of_socket(fd, cookie);
	if (!row || visit_by_vfork_child())
		goto out;
	/* Handed over from one loop to another, it is taken out of the old set last. */
	if (operation != EPOLL_CTL_DEL || row->epoll == epoll)
		set_interest(row, epoll, interest);
	if (operation != EPOLL_CTL_ADD && has_ended(row))
		remember_use(row, operation == EPOLL_CTL_DEL ? USE_EPOLL_DEL : USE_EPOLL_MOD,
			     stack_here());
out:
	visit_end(&visit);
}
