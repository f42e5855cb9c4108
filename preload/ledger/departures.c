/* SPDX-License-Identifier: MIT */
#include "preload/ledger/departures.h"

#include "preload/ledger/ledger.h"

static void *ring_record(struct ledger *ledger, enum recording_section_id id, size_t size)
{
	uint64_t index = ledger_append_to_ring(ledger, id);

	return index == UINT64_MAX ? NULL : ledger_base(ledger, id) + index * size;
}

/* When data were sent last, by the kernel's word on ROW. */
static uint64_t sent_ns(const struct recorded_socket *row)
{
	if (!row->sampled_ns || row->last_sent_ms == UINT32_MAX)
		return 0;
	return row->sampled_ns - row->last_sent_ms * 1000000ull;
}

void departure_note(struct ledger *ledger, const struct recorded_socket *row,
		    const struct decision *decision, uint32_t flags, const struct last_close *close)
{
	struct recorded_departure *departure =
		ring_record(ledger, SECTION_DEPARTURES, sizeof(*departure));

	if (!departure)
		return;
	ledger_begin_rewrite(&departure->closed_ns);
	departure->cookie = row->cookie;
	departure->eof_ns = row->eof_ns;
	departure->opened_stack = row->opened_stack;
	departure->eof_stack = row->eof_stack;
	departure->closed_stack = close->stack;
	departure->source = row->source;
	departure->kind = row->kind;
	departure->fd = close->fd;
	departure->flags = flags;
	departure->local = row->local;
	departure->peer = row->peer;
	departure->eof_reads = row->role == ROLE_LISTENER ? 0 : row->eof_reads;
	departure->decided_stack = decision->stack;
	departure->decision = decision->kind;
	departure->decided_ns = decision->ns;
	departure->opened_ns = row->opened_ns;
	departure->last_use_stack = row->last_use_ns ? row->last_use_stack : 0;
	departure->last_use = row->last_use;
	departure->reread_stack = row->reread_stack; /* or what else is in its place */
	departure->role = row->role;
	departure->opened_label = row->opened_label;
	departure->duplicate_stack = close->duplicate_stack;
	departure->part_closed_ns = row->part_closed_ns == close->ns ? 0 : row->part_closed_ns;
	departure->sent_ns = sent_ns(row);
	departure->next_ns = row->next_ns;
	departure->read_stack = row->read_stack;
	departure->write_stack = row->write_stack;
	departure->watch_stack = row->watch_stack;
	departure->next_stack = row->next_stack;
	departure->next_fd = row->next_fd;
	departure->next = row->next;
	departure->unread = row->sampled_ns && row->role != ROLE_LISTENER ? row->unread : 0;
	__atomic_store_n(&departure->closed_ns, close->ns, __ATOMIC_RELEASE);
}

void birth_note(struct ledger *ledger, enum recorded_birth_kind kind, int32_t pid, uint32_t stack,
		uint64_t now)
{
	struct recorded_birth *birth = ring_record(ledger, SECTION_BIRTHS, sizeof(*birth));

	if (!birth)
		return;
	ledger_begin_rewrite(&birth->ns);
	birth->pid = pid;
	birth->kind = kind;
	birth->stack = stack;
	__atomic_store_n(&birth->ns, now, __ATOMIC_RELEASE);
}
