/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/attached_family.h"

#include "analyzer/attach/attached_before.h"
#include "analyzer/attach/attached_cookies.h"
#include "analyzer/attach/attached_stack.h"
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

void attached_execed(struct attached_process *process, const struct attach_event *event)
{
	struct attached_before before;
	bool had_sockets = false;

	if (ledger_is_open(process->ledger)) {
		had_sockets = process->ledger->header->open_now > 0;
		process->ledger->header->exec_can_record = 1;
		end(process, END_EXEC, process->exec_stack, event->ns);
	}
	attached_process_begin_again(process, event->ns);
	if (process->asked_for)
		attached_process_record(process);
	if (had_sockets)
		attached_take_before(process, SOURCE_EXEC, &before);
}

void attached_exited(struct attached_process *process, const struct attach_event *event)
{
	process->ended = true;
	if (!ledger_is_open(process->ledger))
		return;
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
