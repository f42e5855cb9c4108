/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/attached_next.h"

#include <stdlib.h>

#include "analyzer/attach/attached_stack.h"
#include "analyzer/base/allocate.h"

/* As in the recorder: each takes the place of the last. */
#define EPOLL_CALLS_KEPT 4

static struct attached_thread *find(const struct attached_process *process, uint32_t thread)
{
	struct attached_thread *found;

	HASH_FIND(hh, process->threads, &thread, sizeof(thread), found);
	return found;
}

static void forget(struct attached_process *process, struct attached_thread *thread)
{
	HASH_DEL(process->threads, thread);
	free(thread);
}

static uint32_t generation_of(const struct recorded_socket *row)
{
	return row->life & ~(uint32_t)LIFE_BITS;
}

/* The row that waits, unless it is another socket's by now. */
static struct recorded_socket *waiting(const struct attached_process *process,
				       const struct attached_thread *thread)
{
	struct recorded_socket *row;

	if (thread->index >= ledger_used(process->ledger, SECTION_SOCKETS))
		return NULL;
	row = socket_row(process->ledger, thread->index);
	return row->life & LIFE_OPEN && generation_of(row) == thread->generation ? row : NULL;
}

static void keep(struct attached_process *process, const struct attached_thread *thread,
		 const struct attach_event *event, enum recorded_next next, int fd, uint32_t stack)
{
	struct recorded_socket *row = waiting(process, thread);

	if (row)
		socket_note_next((struct held_socket){ .row = row, .index = thread->index }, next,
				 fd, stack, event->ns);
}

void attached_next_expect(struct attached_process *process, const struct attach_event *event,
			  struct held_socket held)
{
	struct attached_thread *thread = find(process, event->thread);

	/* The thread went on to read from this one. */
	if (thread && !thread->kept)
		keep(process, thread, event, NEXT_READ, held.row->first_fd, 0);
	if (!thread) {
		thread = allocate_zeroed(1, sizeof(*thread));
		thread->thread = event->thread;
		HASH_ADD(hh, process->threads, thread, sizeof(thread->thread), thread);
	}
	thread->index = held.index;
	thread->generation = generation_of(held.row);
	thread->kept = 0;
}

/* May be about another connection, whose event came with this one's. */
static bool begins_other(enum recorded_next next)
{
	return next == NEXT_ACCEPT || next == NEXT_READ || next == NEXT_EPOLL_CTL;
}

void attached_next_note(struct attached_process *process, const struct attach_event *event,
			enum recorded_next next, int fd, uint32_t index, uint32_t stack)
{
	struct attached_thread *thread = find(process, event->thread);
	bool same;

	if (!thread)
		return;
	same = index == thread->index;
	if (same && (next == NEXT_EPOLL_DEL || next == NEXT_EPOLL_CTL)) {
		if (thread->kept == EPOLL_CALLS_KEPT)
			return;
		thread->kept++;
		keep(process, thread, event, next, fd,
		     stack ? stack : attached_stack(process, event));
		return;
	}
	/* With its close the row goes, and what waited with it. */
	if (!(same && next == NEXT_CLOSE) && !(thread->kept && begins_other(next)))
		keep(process, thread, event, next, fd,
		     stack ? stack : attached_stack(process, event));
	forget(process, thread);
}

void attached_next_polled(struct attached_process *process, const struct attach_event *event)
{
	struct attached_thread *thread = find(process, event->thread);

	if (!thread)
		return;
	if (!thread->kept)
		keep(process, thread, event, NEXT_POLLED, -1, 0);
	forget(process, thread);
}
