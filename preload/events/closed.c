/* SPDX-License-Identifier: MIT */
#include "preload/events/events.h"

#include <limits.h>
#include "preload/platform/clock.h"
#include "preload/platform/kernel.h"
#include "preload/ledger/ledger.h"
#include "preload/ledger/socket_table.h"
#include "preload/ledger/stack_table.h"
#include "preload/recording/decision.h"
#include "preload/process/visit.h"

/* A wrapper was refused inside the recorder: if FD is tracked, its end goes by unseen. */
static void count_reentered(int fd)
{
	if (visit_under_way() && ledger_header && fd_table_get(fd).row != NO_ROW)
		ledger_count_lost(LOST_REENTERED);
}

/*
 * FD, the last descriptor of ROW, is about to be closed, and no call has told the program that the
 * peer is gone: the kernel knows whether it is, and since when. One that is this young can't have
 * been stuck for long enough to matter, and costs no question.
 */
static void ask_what_nobody_read(int fd, struct recorded_socket *row, uint64_t now)
{
	if (row->descriptors != 1 || row->role != ROLE_CONNECTED || row->kind == KIND_UNIX ||
	    now < row->opened_ns + RECORDED_STUCK_NS || decide(row).kind != DECIDED_NOT)
		return;
	if (kernel_peer_ended(fd, row))
		row->looked_ns = now;
}

/* Closes FD in the tables, of a visit whose stack is *STACK (0: not taken yet). */
static void close_tracked(int fd, uint32_t *stack, bool still_there)
{
	struct fd_entry entry;
	uint64_t now;

	if (!*stack)
		*stack = stack_here();
	entry = fd_table_take(fd);
	if (entry.row == NO_ROW)
		return;
	now = clock_now();
	if (still_there)
		ask_what_nobody_read(fd, socket_row(entry.row), now);
	socket_close_one(entry.row, *stack, fd, now);
}

void note_closing(int fd)
{
	uint32_t stack = 0;
	struct visit visit;

	if (!visit_begin(&visit)) {
		count_reentered(fd);
		return;
	}
	/* The common close is of a file: one load, no system call. */
	if (fd_table_get(fd).row != NO_ROW && !visit_by_another_process())
		close_tracked(fd, &stack, true);
	visit_end(&visit);
}

void note_closing_range(unsigned int first, unsigned int last)
{
	uint32_t stack = 0;
	struct visit visit;
	int fd, end;

	if (!visit_begin(&visit))
		return;
	end = fd_table_end();
	if (first >= (unsigned int)end || visit_by_another_process())
		goto out;
	if (last < (unsigned int)end)
		end = (int)last + 1;
	for (fd = (int)first; fd < end; fd++)
		if (fd_table_get(fd).row != NO_ROW)
			close_tracked(fd, &stack, true);
out:
	visit_end(&visit);
}

void note_closed_somewhere(void)
{
	uint32_t stack = 0;
	struct visit visit;
	int fd, end;

	if (!visit_begin(&visit))
		return;
	end = visit_by_another_process() ? 0 : fd_table_end();
	for (fd = 0; fd < end; fd++) {
		struct fd_entry entry = fd_table_get(fd);

		if (entry.row != NO_ROW && kernel_cookie(fd) != socket_row(entry.row)->cookie)
			close_tracked(fd, &stack, false);
	}
	visit_end(&visit);
}

void note_duplicating(int fd, int target, struct duplication *duplication)
{
	struct visit visit;

	*duplication = (struct duplication){ .source.row = NO_ROW,
					     .replaced.row = NO_ROW,
					     .target = target };
	if (fd == target || !visit_begin(&visit))
		return;
	duplication->source = fd_table_get(fd);
	duplication->replaced = target < 0 ? duplication->replaced : fd_table_get(target);
	if (duplication->source.row == NO_ROW && duplication->replaced.row == NO_ROW)
		goto out;
	if (visit_by_another_process())
		goto out;
	duplication->under_way = true;
	if (duplication->source.row != NO_ROW)
		socket_hold(duplication->source.row);
	if (target >= 0)
		duplication->replaced = fd_table_take(target);
	if (duplication->replaced.row != NO_ROW)
		ask_what_nobody_read(target, socket_row(duplication->replaced.row), clock_now());
out:
	visit_end(&visit);
}

void note_duplicated(struct duplication *duplication, int result)
{
	uint32_t source = duplication->source.row, stack;
	struct visit visit;

	if (!duplication->under_way || !visit_begin(&visit))
		return;
	if (result < 0) {
		if (duplication->replaced.row != NO_ROW)
			fd_table_put(duplication->target, duplication->replaced);
		if (source != NO_ROW)
			socket_release(source);
		goto out;
	}
	stack = stack_here();
	if (duplication->replaced.row != NO_ROW)
		socket_close_one(duplication->replaced.row, stack, result, clock_now());
	if (source != NO_ROW) {
		struct fd_entry stale = fd_table_take(result);

		if (stale.row != NO_ROW)
			socket_lose_one(stale.row);
		if (!fd_table_put(result,
				  (struct fd_entry){ .row = source, .duplicate_stack = stack }))
			socket_release(source);
	}
out:
	visit_end(&visit);
}
