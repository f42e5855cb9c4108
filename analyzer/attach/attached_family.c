/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/attached_family.h"

#include <stdlib.h>

#include "analyzer/attach/attached_before.h"
#include "analyzer/attach/attached_cookies.h"
#include "analyzer/attach/attached_stack.h"
#include "analyzer/base/allocate.h"
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

void attached_kept(struct attached_process *process, const struct attach_event *event)
{
	size_t count = process->kept_image == event->image ? process->kept_count : 0;
	struct attached_kept *kept;

	kept = realloc(process->kept, (count + 1) * sizeof(*kept));
	if (!kept)
		allocate_failed();
	kept[count] = (struct attached_kept){ .fd = event->fd, .socket = event->socket };
	process->kept = kept;
	process->kept_count = count + 1;
	process->kept_image = event->image;
}

/* The cookie of KEPT is known, if the program that is replaced had one for it. */
static void name_kept(const struct attached_process *process, struct attached_kept *kept)
{
	struct held_socket held = socket_acquire(process->ledger, kept->fd);

	if (!socket_is_held(held))
		return;
	if (!kept->socket.cookie && held.index < process->row_room &&
	    process->rows[held.index].inode == kept->socket.inode)
		kept->socket.cookie = held.row->cookie;
	socket_release(process->ledger, held);
}

/* The recording of the program that is replaced by EVENT ends. Does it have descriptors that no
 * event shows? */
static bool leave_program(struct attached_process *process, const struct attach_event *event)
{
	struct ledger *ledger = process->ledger;
	size_t i;

	if (!ledger_is_open(ledger))
		return false;
	attached_name_shared(process);
	for (i = 0; i < process->kept_count; i++)
		name_kept(process, &process->kept[i]);
	ledger->header->exec_can_record = 1;
	end(process, END_EXEC, process->exec_stack, event->ns);
	return descriptor_next(ledger, ATTACH_SAMPLED_MAX) >= 0;
}

void attached_execed(struct attached_process *process, const struct attach_event *event)
{
	struct attached_before before;
	bool has_more;
	size_t i;

	/* The end of an exec that was under way earlier was lost. */
	if (process->kept_image != event->image)
		process->kept_count = 0;
	has_more = leave_program(process, event);
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
	if (has_more)
		attached_take_before(process, SOURCE_EXEC, ATTACH_SAMPLED_MAX, &before);
}

void attached_exited(struct attached_process *process, const struct attach_event *event)
{
	process->ended = true;
	if (!ledger_is_open(process->ledger))
		return;
	attached_name_shared(process);
	/* Its open sockets were sampled as it ended: see attached_open_at_exit(). */
	process->ledger->header->last_sample_ns = event->ns;
	/* The low bits of a wait status are the signal that killed it. */
	if (event->result & 0x7f)
		process->ledger->header->reaped_ns = event->ns;
	else
		end(process, END_EXIT, 0, event->ns);
}

void attached_detached(struct attached_process *process, uint64_t now)
{
	if (ledger_is_open(process->ledger))
		end(process, END_DETACHED, 0, now);
}
