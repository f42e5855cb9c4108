/* SPDX-License-Identifier: MIT */
#include "preload/notes.h"

#include <errno.h>
#include "preload/clock.h"
#include "preload/ledger.h"
#include "preload/notes_socket.h"
#include "preload/socket_table.h"
#include "preload/stack_table.h"
#include "preload/visit.h"

/* The directions that shutdown(HOW) ends, as kept in recorded_socket.shutdown_how. */
static uint8_t directions(int how)
{
	return how == SHUT_RD ? 1 : how == SHUT_WR ? 2 : 3;
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
	if (how == SHUT_RD || row->role == ROLE_LISTENER)
		goto out;
	stack = stack_here();
	if (row->life & (LIFE_EOF | LIFE_ERROR))
		remember_use(row, USE_SHUTDOWN, stack);
	if (socket_claim(index, LIFE_SHUTDOWN)) {
		row->shutdown_stack = stack;
		__atomic_store_n(&row->shutdown_ns, clock_now(), __ATOMIC_RELEASE);
		ledger_touch(row->shutdown_ns);
	}
out:
	visit_end(&visit);
}

void note_use_after_end(int fd, enum recorded_use use)
{
	struct recorded_socket *row;
	struct fd_entry entry;
	struct visit visit;

	if (!visit_begin(&visit))
		return;
	entry = fd_table_get(fd);
	if (entry.row == NO_ROW)
		goto out;
	row = socket_row(entry.row);
	if ((row->life & (LIFE_EOF | LIFE_ERROR | LIFE_SHUTDOWN)) && !visit_by_vfork_child())
		remember_use(row, use, stack_here());
out:
	visit_end(&visit);
}
