/* SPDX-License-Identifier: MIT */
#include "preload/process/left_open.h"

#include <stdbool.h>
#include "preload/ledger/ledger.h"
#include "preload/ledger/socket_table.h"
#include "preload/platform/clock.h"
#include "preload/platform/kernel.h"
#include "preload/recording/decision.h"

/*
 * The kernel's view goes into a copy: the row's is that of the sample at exit. It is asked by the
 * number that the socket had first, which may be another socket's by now.
 */
static struct decision decision_now(const struct recorded_socket *row, uint64_t now)
{
	struct decision decision = decide(row);
	struct recorded_socket copy = *row;

	if (decision.kind != DECIDED_NOT || row->kind == KIND_UNIX || row->role == ROLE_LISTENER ||
	    kernel_cookie(row->first_fd) != row->cookie)
		return decision;
	kernel_state(row->first_fd, &copy);
	copy.sampled_ns = now;
	return decide(&copy);
}

/* The kernel counts in ticks: of a socket that is younger than SINCE any end came after it. */
static bool is_left_open(const struct recorded_socket *row, uint64_t since, uint64_t now)
{
	struct decision decision = decision_now(row, now);

	return decision.kind != DECIDED_NOT && (decision.ns >= since || row->opened_ns >= since);
}

long left_open_since(const struct visit *visit, uint64_t since)
{
	struct ledger *ledger = visit->ledger;
	uint64_t used = ledger_is_open(ledger) ? ledger_used(ledger, SECTION_SOCKETS) : 0, now;
	long count = 0;
	uint32_t i;

	now = clock_now();
	for (i = 0; i < used; i++) {
		uint64_t cookie = __atomic_load_n(&socket_row(ledger, i)->cookie, __ATOMIC_RELAXED);
		struct held_socket held = socket_acquire_row(ledger, i, cookie);

		if (socket_is_held(held))
			count += is_left_open(held.row, since, now);
		socket_release(ledger, held);
	}
	return count;
}
