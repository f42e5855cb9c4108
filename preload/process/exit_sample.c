/* SPDX-License-Identifier: MIT */
#include "preload/process/exit_sample.h"

#include "preload/platform/clock.h"
#include "preload/ledger/fd_table.h"
#include "preload/platform/kernel.h"
#include "preload/ledger/ledger.h"
#include "preload/ledger/socket_table.h"

static void look_at(int fd, struct recorded_socket *row, uint64_t now)
{
	if (row->kind != KIND_UNIX)
		kernel_state(fd, row);
	if (!row->local.family)
		kernel_local(fd, &row->local);
	if (!row->peer.family && row->role != ROLE_LISTENER)
		kernel_peer(fd, &row->peer);
	__atomic_store_n(&row->looked_ns, now, __ATOMIC_RELEASE);
}

void last_look(void)
{
	uint64_t now = clock_now();
	int fd, end = fd_table_end();

	for (fd = 0; fd < end; fd++) {
		struct fd_entry entry = fd_table_get(fd);
		struct recorded_socket *row;

		if (entry.row == NO_ROW)
			continue;
		row = socket_row(entry.row);
		if (row->looked_ns == now)
			continue; /* a duplicate of one seen */
		if (kernel_cookie(fd) == row->cookie) {
			look_at(fd, row, now);
			continue;
		}
		entry = fd_table_take(fd);
		if (entry.row != NO_ROW)
			socket_lose_one(entry.row);
	}
	__atomic_store_n(&ledger_header->last_look_ns, now, __ATOMIC_RELEASE);
}

void last_look_publish_end(enum recording_end end, uint32_t stack)
{
	ledger_header->end_stack = stack;
	__atomic_store_n(&ledger_header->end_ns, end == END_NONE ? 0 : clock_now(),
			 __ATOMIC_RELEASE);
	__atomic_store_n(&ledger_header->end, end, __ATOMIC_RELEASE);
}
