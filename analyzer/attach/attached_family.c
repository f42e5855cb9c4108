/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/attached_family.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "analyzer/attach/attached_before.h"
#include "analyzer/attach/attached_cookies.h"
#include "analyzer/attach/attached_resync.h"
#include "analyzer/attach/attached_stack.h"
#include "analyzer/base/allocate.h"
#include "analyzer/base/proc_stat.h"
#include "preload/ledger/departures.h"
#include "preload/ledger/inheritance.h"

/* The stacks of a row that CHILD has inherited, in the child's own ledger. */
static void take_over_stacks(struct recorded_socket *row, struct attached_process *child,
			     const struct attached_process *parent)
{
	uint32_t *stacks[] = {
		&row->opened_stack,        &row->eof_stack,         &row->error_stack,
		&row->shutdown_stack,      &row->connect_stack,     &row->listen_stack,
		&row->last_use_stack,      &row->part_closed_stack, &row->read_stack,
		&row->write_stack,         &row->watch_stack,       &row->next_stack,
		&row->number_closed_stack,
	};
	size_t i;

	for (i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++)
		*stacks[i] = attached_stack_copy(child, parent, *stacks[i]);
}

static void inherit(struct attached_process *child, const struct attached_process *parent,
		    struct inheritance *inherited)
{
	uint32_t i;

	for (i = 0; i < inherited->row_count; i++)
		take_over_stacks(&inherited->rows[i], child, parent);
	for (i = 0; i < inherited->descriptor_count; i++)
		inherited->descriptors[i].duplicate_stack = attached_stack_copy(
			child, parent, inherited->descriptors[i].duplicate_stack);
	inheritance_give(child->ledger, inherited);
	for (i = 0; i < inherited->descriptor_count; i++) {
		int fd = inherited->descriptors[i].fd;

		attached_same_socket(child, parent, fd);
	}
}

struct attached_process *attached_forked(struct attached_process *parent,
					 const struct attach_event *event)
{
	struct attached_process *child =
		attached_process_fork(parent, (int)event->child, event->ns);
	struct inheritance inherited = { .map = NULL };
	struct ledger *ledger = parent->ledger;
	uint32_t stack;

	child->has_own_stack = event->result != 0;
	if (!ledger_is_open(ledger) || ledger->header->open_now == 0)
		return child;
	/* By then: the child may end before anybody asks. */
	attached_name_sockets(parent);
	stack = attached_stack(parent, event);
	socket_note_birth(ledger, event->ns);
	if (!inheritance_copy(ledger, false, &inherited) || !inherited.descriptor_count)
		goto out;
	ledger->header->heirs_forked++;
	if (!attached_process_record(child)) {
		ledger_count_lost(ledger, LOST_CHILDREN);
		goto out;
	}
	ledger->header->heirs++;
	child->ledger->header->birth_stack = attached_stack_copy(child, parent, stack);
	inherit(child, parent, &inherited);
out:
	inheritance_drop(&inherited);
	return child;
}

int attached_parent_of(int pid)
{
	struct proc_stat stat;

	return proc_stat_read(&stat, pid) ? stat.parent : 0;
}

bool attached_has_ended(int pid)
{
	struct pollfd end = { .fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };
	bool ended;

	if (end.fd < 0)
		return errno == ESRCH;
	ended = poll(&end, 1, 0) > 0;
	close(end.fd);
	return ended;
}

struct attached_process *attached_stranger(int pid, const char *folder)
{
	struct attached_process *process;
	struct attached_before before;

	if (attached_has_ended(pid))
		return NULL;
	process = attached_process_new(pid, attached_parent_of(pid), ORIGIN_ATTACHED, folder);
	process->lost_events = true;
	if (!attached_take_before(process, &before))
		return process;
	attached_process_free(process);
	return NULL;
}

static void end(struct attached_process *process, enum recording_end how, uint32_t stack,
		uint64_t now)
{
	struct recording_header *header = process->ledger->header;

	header->end_stack = stack;
	__atomic_store_n(&header->end_ns, now, __ATOMIC_RELEASE);
	__atomic_store_n(&header->end, how, __ATOMIC_RELEASE);
}

void attached_execing(struct attached_process *process, const struct attach_event *event)
{
	if (!ledger_is_open(process->ledger))
		return;
	process->exec_stack = process->has_own_stack && process->ledger->header->birth_stack
				      ? process->ledger->header->birth_stack
				      : attached_stack(process, event);
}

static void keep(struct attached_process *process, int fd, const struct attach_socket *socket,
		 void *context)
{
	struct attached_kept *kept;

	(void)context;
	kept = realloc(process->kept, (process->kept_count + 1) * sizeof(*kept));
	if (!kept)
		allocate_failed();
	kept[process->kept_count] = (struct attached_kept){ .fd = fd, .socket = *socket };
	process->kept = kept;
	process->kept_count++;
}

/* What is kept by an exec is EVENT's image's. The end of an earlier exec may have been lost. */
static void begin_keeping(struct attached_process *process, const struct attach_event *event)
{
	if (process->kept_image != event->image)
		process->kept_count = 0;
	process->kept_image = event->image;
}

void attached_kept(struct attached_process *process, const struct attach_event *event)
{
	begin_keeping(process, event);
	keep(process, event->fd, &event->socket, NULL);
}

/* The row of KEPT in the program that is replaced; NULL: there is none. */
static struct recorded_socket *row_of_kept(const struct attached_process *process,
					   const struct attached_kept *kept)
{
	uint32_t index = descriptor_get(process->ledger, kept->fd).row;

	if (index == NO_ROW || index >= process->row_room ||
	    process->rows[index].inode != kept->socket.inode)
		return NULL;
	return socket_row(process->ledger, index);
}

/* One name in both programs: the cookie that the kernel had given it by then, or gives it now, ...
 */
static void take_cookie(struct attached_process *process, const struct attached_kept *kept)
{
	struct recorded_socket *row = row_of_kept(process, kept);

	if (!row || row->cookie)
		return;
	if (kept->socket.cookie)
		__atomic_store_n(&row->cookie, kept->socket.cookie, __ATOMIC_RELEASE);
	else
		attached_name_shared_socket(process, kept->fd);
}

/* ... or what it is known by. */
static void give_cookie(const struct attached_process *process, struct attached_kept *kept)
{
	const struct recorded_socket *row = row_of_kept(process, kept);

	if (row && row->cookie)
		kept->socket.cookie = row->cookie;
}

/* The recording of the program that is replaced by EVENT ends. */
static void leave_program(struct attached_process *process, const struct attach_event *event)
{
	struct ledger *ledger = process->ledger;
	size_t i;

	if (!ledger_is_open(ledger))
		return;
	/* No event shows these. */
	if (descriptor_next(ledger, ATTACH_SAMPLED_MAX) >= 0)
		attached_each_open(process, ATTACH_SAMPLED_MAX, keep, NULL);
	for (i = 0; i < process->kept_count; i++)
		take_cookie(process, &process->kept[i]);
	attached_name_shared(process);
	for (i = 0; i < process->kept_count; i++)
		give_cookie(process, &process->kept[i]);
	ledger->header->exec_can_record = 1;
	end(process, END_EXEC, process->exec_stack, event->ns);
}

void attached_execed(struct attached_process *process, const struct attach_event *event)
{
	size_t i;

	begin_keeping(process, event);
	leave_program(process, event);
	attached_process_begin_again(process, event->ns);
	if (process->asked_for)
		attached_process_record(process);
	for (i = 0; i < process->kept_count; i++) {
		const struct attached_kept *kept = &process->kept[i];

		if (!attached_join(process, kept->fd, &kept->socket, 0, event->ns))
			attached_adopt(process, kept->fd, &kept->socket, SOURCE_EXEC, event->ns);
		attached_name_socket(process, kept->fd);
	}
	process->kept_count = 0;
}

void attached_exited(struct attached_process *process, const struct attach_event *event)
{
	process->ended = true;
	if (!ledger_is_open(process->ledger))
		return;
	attached_name_shared(process);
	/* Its open sockets were sampled as it ended: see attached_open_at_exit(). */
	process->ledger->header->last_sample_ns = event->ns;
	if (process->lost_events)
		attached_resync_ended(process);
	/* The low bits of a wait status are the signal that killed it. */
	if (event->result & 0x7f)
		process->ledger->header->reaped_ns = event->ns;
	else
		end(process, END_EXIT, 0, event->ns);
}

void attached_vanished(struct attached_process *process, uint64_t now)
{
	process->ended = true;
	if (!ledger_is_open(process->ledger))
		return;
	attached_name_shared(process);
	attached_resync_ended(process);
	process->ledger->header->reaped_ns = now;
}

void attached_detached(struct attached_process *process, uint64_t now)
{
	if (ledger_is_open(process->ledger))
		end(process, END_DETACHED, 0, now);
}
