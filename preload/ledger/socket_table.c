/* SPDX-License-Identifier: MIT */
#include "preload/ledger/socket_table.h"

#include <stddef.h>
#include "preload/ledger/departures.h"
#include "preload/ledger/label.h"
#include "preload/ledger/ledger.h"
#include "preload/ledger/totals.h"
#include "preload/ledger/winding_up.h"

static const struct held_socket none = { .row = NULL };

struct held_socket socket_take(struct ledger *ledger, const struct new_socket *fresh)
{
	uint32_t index = socket_rows_take(ledger);
	struct held_socket held;

	if (index == NO_ROW)
		return none;
	held = (struct held_socket){ .row = socket_row(ledger, index), .index = index };
	/* socket_find() reads it of any row. */
	__atomic_store_n(&held.row->cookie, fresh->cookie, __ATOMIC_RELAXED);
	held.row->kind = fresh->kind;
	held.row->source = fresh->source;
	held.row->first_fd = fresh->fd;
	held.row->opened_ns = fresh->opened_ns;
	held.row->opened_label = label_now(ledger);
	return held;
}

/* May another process, or a ring, hold it too? */
static bool may_be_shared(const struct ledger *ledger, const struct recorded_socket *row)
{
	return __atomic_load_n(&ledger->ring_may_hold, __ATOMIC_RELAXED) ||
	       (row->life & LIFE_SENT) || row->source == SOURCE_FORK ||
	       row->source == SOURCE_EXEC || row->source == SOURCE_PASSED ||
	       row->opened_ns <= __atomic_load_n(&ledger->last_birth_ns, __ATOMIC_RELAXED);
}

/* Why the close is worth keeping (enum recorded_departure_flag); 0: it is not. */
static uint32_t departure_flags(const struct ledger *ledger, const struct recorded_socket *row,
				const struct decision *decision, uint64_t now)
{
	uint32_t flags = may_be_shared(ledger, row) ? DEPARTED_SHARED : 0;

	if (row->role == ROLE_LISTENER)
		return flags | DEPARTED_LISTENER;
	if (decision->kind != DECIDED_NOT && now >= decision->ns + RECORDED_STUCK_NS)
		flags |= DEPARTED_STUCK;
	else if (decision->kind == DECIDED_EOF && now >= row->eof_ns + RECORDED_STUCK_NS)
		flags |= DEPARTED_ANSWERED;
	if (row->eof_reads >= RECORDED_SPIN_READS)
		flags |= DEPARTED_SPUN;
	return flags;
}

/* The socket is closed: nobody else refers to the row. */
static void fold(struct ledger *ledger, struct held_socket held, const struct last_close *close)
{
	struct decision decision = decide_at_close(held.row, close->ns);
	uint32_t flags = departure_flags(ledger, held.row, &decision, close->ns);

	totals_add(ledger, held.row, &decision, close->stack, close->ns);
	if (flags)
		departure_note(ledger, held.row, &decision, flags, close);
	if (flags & DEPARTED_STUCK)
		winding_up_begin(close->ns);
	__atomic_fetch_add(&ledger->header->closed, 1, __ATOMIC_RELAXED);
	ledger_touch(ledger, close->ns);
}

static void free_row(struct ledger *ledger, struct held_socket held)
{
	__atomic_fetch_sub(&ledger->header->open_now, 1, __ATOMIC_RELAXED);
	socket_rows_give_back(ledger, held.index);
}

/* The last reference is gone. */
static void finish(struct ledger *ledger, struct held_socket held)
{
	const struct recorded_socket *row = held.row;
	uint32_t life = __atomic_load_n(&row->life, __ATOMIC_RELAXED);

	if (!(life & LIFE_OPEN)) {
		socket_rows_give_back(ledger, held.index); /* it was never published */
		return;
	}
	if (life & LIFE_UNDONE)
		__atomic_fetch_sub(&ledger->header->opened, 1, __ATOMIC_RELAXED);
	else if ((life & LIFE_LOST) || !row->part_closed_ns)
		__atomic_fetch_add(&ledger->header->closed, 1, __ATOMIC_RELAXED);
	else
		fold(ledger, held,
		     &(struct last_close){ .fd = row->first_fd,
					   .stack = row->part_closed_stack,
					   .ns = row->part_closed_ns });
	free_row(ledger, held);
}

void socket_release(struct ledger *ledger, struct held_socket held)
{
	if (held.row && __atomic_fetch_sub(&held.row->references, 1, __ATOMIC_ACQ_REL) == 1)
		finish(ledger, held);
}

/* One more reference, unless there is none. */
static bool refer(struct recorded_socket *row)
{
	uint32_t seen = __atomic_load_n(&row->references, __ATOMIC_RELAXED);

	do {
		if (seen == 0)
			return false;
	} while (!__atomic_compare_exchange_n(&row->references, &seen, seen + 1, true,
					      __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
	return true;
}

struct held_socket socket_acquire(struct ledger *ledger, int fd)
{
	const uint64_t *place = descriptor_place(ledger, fd);
	uint64_t word = place ? __atomic_load_n(place, __ATOMIC_SEQ_CST) : 0, again;
	uint32_t index;

	while ((index = recorded_descriptor_row(word) - 1) != NO_ROW) {
		struct held_socket held = { .row = socket_row(ledger, index),
					    .index = index,
					    .unverified = word & RECORDED_DESCRIPTOR_UNVERIFIED };
		bool referred = refer(held.row);

		/* While the word refers to the row, no other socket can have it. */
		again = __atomic_load_n(place, __ATOMIC_SEQ_CST);
		if (referred && recorded_descriptor_row(again) - 1 == index)
			return held;
		if (referred)
			socket_release(ledger, held);
		else if (again == word)
			return none; /* a fork that nobody saw: the parent's row */
		word = again;
	}
	return none;
}

struct held_socket socket_acquire_row(struct ledger *ledger, uint32_t index, uint64_t cookie)
{
	struct held_socket held = { .row = socket_row(ledger, index), .index = index };
	struct recorded_socket *row = held.row;

	if (__atomic_load_n(&row->cookie, __ATOMIC_RELAXED) != cookie || !refer(row))
		return none;
	if ((__atomic_load_n(&row->life, __ATOMIC_ACQUIRE) & LIFE_OPEN) &&
	    __atomic_load_n(&row->cookie, __ATOMIC_RELAXED) == cookie)
		return held;
	socket_release(ledger, held);
	return none;
}

struct held_socket socket_find(struct ledger *ledger, uint64_t cookie)
{
	uint64_t used = ledger_is_open(ledger) ? ledger_used(ledger, SECTION_SOCKETS) : 0;
	struct held_socket held = none;
	uint32_t i;

	for (i = 0; i < used && !socket_is_held(held); i++)
		held = socket_acquire_row(ledger, i, cookie);
	return held;
}

/* An entry that another one was put over: its number had been closed unseen. */
static void lose_replaced(struct ledger *ledger, struct descriptor_entry replaced)
{
	if (replaced.row != NO_ROW)
		socket_lose_entry(ledger, replaced);
}

/* FD takes over the caller's hold and its share in `descriptors`. */
static bool bind(struct ledger *ledger, struct held_socket held, int fd, uint32_t stack)
{
	struct descriptor_entry replaced;

	if (!descriptor_put(
		    ledger, fd,
		    (struct descriptor_entry){ .row = held.index, .duplicate_stack = stack },
		    &replaced))
		return false;
	lose_replaced(ledger, replaced);
	return true;
}

void socket_publish(struct ledger *ledger, struct held_socket held, int fd)
{
	struct recorded_socket *row = held.row;
	uint64_t opened_ns = row->opened_ns;

	__atomic_store_n(&row->descriptors, 1, __ATOMIC_RELAXED);
	__atomic_fetch_or(&row->life, LIFE_OPEN, __ATOMIC_RELEASE);
	__atomic_fetch_add(&ledger->header->opened, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&ledger->header->open_now, 1, __ATOMIC_RELAXED);
	ledger_touch(ledger, opened_ns);
	if (bind(ledger, held, fd, 0))
		return;
	__atomic_fetch_or(&row->life, LIFE_UNDONE, __ATOMIC_RELAXED);
	socket_release(ledger, held);
}

bool socket_claim(struct held_socket held, enum recorded_life bit)
{
	uint32_t before = __atomic_fetch_or(&held.row->life, bit, __ATOMIC_ACQ_REL);

	return !(before & bit);
}

void socket_unclaim(struct held_socket held, enum recorded_life bit)
{
	__atomic_fetch_and(&held.row->life, ~(uint32_t)bit, __ATOMIC_ACQ_REL);
}

void socket_note_eof(struct ledger *ledger, struct held_socket held, uint32_t stack, uint64_t now)
{
	__atomic_store_n(&held.row->ended_label, label_now(ledger), __ATOMIC_RELAXED);
	__atomic_store_n(&held.row->eof_stack, stack, __ATOMIC_RELAXED);
	/* It is in the place of paused_stack. */
	__atomic_store_n(&held.row->reread_stack, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&held.row->eof_ns, now, __ATOMIC_RELEASE);
	__atomic_fetch_add(&ledger->header->eof, 1, __ATOMIC_RELAXED);
	ledger_touch(ledger, now);
}

void socket_note_error(struct ledger *ledger, struct held_socket held, int error, uint32_t stack,
		       uint64_t now)
{
	__atomic_store_n(&held.row->error, (uint16_t)error, __ATOMIC_RELAXED);
	__atomic_store_n(&held.row->ended_label, label_now(ledger), __ATOMIC_RELAXED);
	__atomic_store_n(&held.row->error_stack, stack, __ATOMIC_RELAXED);
	__atomic_store_n(&held.row->error_ns, now, __ATOMIC_RELEASE);
	ledger_touch(ledger, now);
}

void socket_note_shutdown(struct ledger *ledger, struct held_socket held, uint32_t stack,
			  uint64_t now)
{
	__atomic_store_n(&held.row->ended_label, label_now(ledger), __ATOMIC_RELAXED);
	__atomic_store_n(&held.row->shutdown_stack, stack, __ATOMIC_RELAXED);
	__atomic_store_n(&held.row->shutdown_ns, now, __ATOMIC_RELEASE);
	ledger_touch(ledger, now);
}

void socket_note_use(struct ledger *ledger, struct held_socket held, enum recorded_use use,
		     uint32_t stack, uint64_t now)
{
	__atomic_store_n(&held.row->last_use, use, __ATOMIC_RELAXED);
	__atomic_store_n(&held.row->last_use_stack, stack, __ATOMIC_RELAXED);
	__atomic_store_n(&held.row->last_use_ns, now, __ATOMIC_RELEASE);
	ledger_touch(ledger, now);
}

void socket_note_touch(struct held_socket held, enum socket_touch touch, uint32_t stack,
		       int32_t thread, uint64_t now)
{
	uint32_t *place = touch == TOUCH_READ    ? &held.row->read_stack
			  : touch == TOUCH_WRITE ? &held.row->write_stack
						 : &held.row->watch_stack;

	__atomic_store_n(place, stack, __ATOMIC_RELAXED);
	__atomic_store_n(&held.row->touched_thread, thread, __ATOMIC_RELAXED);
	__atomic_store_n(&held.row->touched_ns, now, __ATOMIC_RELEASE);
}

void socket_note_next(struct held_socket held, enum recorded_next next, int fd, uint32_t stack,
		      uint64_t now)
{
	__atomic_store_n(&held.row->next, next, __ATOMIC_RELAXED);
	__atomic_store_n(&held.row->next_fd, fd, __ATOMIC_RELAXED);
	__atomic_store_n(&held.row->next_stack, stack, __ATOMIC_RELAXED);
	__atomic_store_n(&held.row->next_ns, now, __ATOMIC_RELEASE);
}

void socket_set_role(struct held_socket held, enum recorded_role role)
{
	__atomic_store_n(&held.row->role, role, __ATOMIC_RELEASE);
}

void socket_connect_again(struct held_socket held, enum recorded_role role)
{
	struct recorded_socket *row = held.row;

	if (row->role == ROLE_CONNECT_FAILED) {
		__atomic_store_n(&row->error_ns, 0, __ATOMIC_RELEASE);
		row->error = 0;
		socket_unclaim(held, LIFE_ERROR);
	}
	socket_set_role(held, role);
}

bool socket_promise_descriptor(struct held_socket held)
{
	uint32_t seen = __atomic_load_n(&held.row->descriptors, __ATOMIC_RELAXED);

	do {
		if (seen == 0)
			return false;
	} while (!__atomic_compare_exchange_n(&held.row->descriptors, &seen, seen + 1, true,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return true;
}

void socket_keep_promise(struct ledger *ledger, struct held_socket held, int fd, uint32_t stack)
{
	if (!bind(ledger, held, fd, stack))
		socket_break_promise(ledger, held);
}

void socket_break_promise(struct ledger *ledger, struct held_socket held)
{
	__atomic_fetch_sub(&held.row->descriptors, 1, __ATOMIC_RELAXED);
	socket_release(ledger, held);
}

void socket_close_entry(struct ledger *ledger, int fd, struct descriptor_entry entry,
			uint32_t stack, uint64_t now)
{
	struct held_socket held = { .row = socket_row(ledger, entry.row), .index = entry.row };
	uint32_t alone = 1;

	/* The usual close: the descriptor was the only reference. */
	if (__atomic_compare_exchange_n(&held.row->references, &alone, 0, false, __ATOMIC_SEQ_CST,
					__ATOMIC_SEQ_CST)) {
		fold(ledger, held,
		     &(struct last_close){ .fd = fd,
					   .stack = stack,
					   .duplicate_stack = entry.duplicate_stack,
					   .ns = now });
		free_row(ledger, held);
		return;
	}
	__atomic_fetch_sub(&held.row->descriptors, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&held.row->part_closed_stack, stack, __ATOMIC_RELAXED);
	__atomic_store_n(&held.row->part_closed_ns, now, __ATOMIC_RELEASE);
	ledger_touch(ledger, now);
	socket_release(ledger, held);
}

bool socket_close(struct ledger *ledger, int fd, uint32_t stack, uint64_t now)
{
	struct descriptor_entry entry = descriptor_take(ledger, fd);

	if (entry.row == NO_ROW)
		return false;
	socket_close_entry(ledger, fd, entry, stack, now);
	return true;
}

void socket_lose_entry(struct ledger *ledger, struct descriptor_entry entry)
{
	struct held_socket held = { .row = socket_row(ledger, entry.row), .index = entry.row };

	if (!entry.unverified)
		ledger_count_lost(ledger, LOST_UNSEEN_ENDS);
	if (__atomic_fetch_sub(&held.row->descriptors, 1, __ATOMIC_RELAXED) == 1)
		__atomic_fetch_or(&held.row->life, entry.unverified ? LIFE_UNDONE : LIFE_LOST,
				  __ATOMIC_RELAXED);
	socket_release(ledger, held);
}

void socket_lose(struct ledger *ledger, int fd)
{
	struct descriptor_entry entry = descriptor_take(ledger, fd);

	if (entry.row != NO_ROW)
		socket_lose_entry(ledger, entry);
}

void socket_undo(struct ledger *ledger, int fd)
{
	struct descriptor_entry entry = descriptor_take(ledger, fd);

	if (entry.row == NO_ROW)
		return;
	entry.unverified = true;
	socket_lose_entry(ledger, entry);
}

void socket_note_birth(struct ledger *ledger, uint64_t now)
{
	__atomic_store_n(&ledger->last_birth_ns, now, __ATOMIC_RELAXED);
}

void socket_note_ring(struct ledger *ledger)
{
	__atomic_store_n(&ledger->ring_may_hold, true, __ATOMIC_RELAXED);
}
