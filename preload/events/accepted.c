/* SPDX-License-Identifier: MIT */
#include "preload/events/events.h"

#include "preload/platform/kernel.h"
#include "preload/ledger/ledger.h"
#include "preload/events/event_socket.h"
#include "preload/process/options.h"
#include "preload/platform/thread.h"
#include "preload/ledger/socket_table.h"
#include "preload/ledger/stack_table.h"
#include "preload/process/visit.h"

/*
 * What accept() gave: the peer's address tells the family without a system call, unless the
 * program left no room for it.
 */
static uint8_t accepted_kind(int fd, const struct sockaddr *peer, socklen_t length)
{
	if (length >= sizeof(peer->sa_family) && peer->sa_family == AF_INET)
		return KIND_TCP;
	if (length >= sizeof(peer->sa_family) && peer->sa_family == AF_INET6)
		return KIND_TCP6;
	if (length >= sizeof(peer->sa_family) && !options.unix_sockets)
		return 0;
	return kernel_kind(fd, options.unix_sockets);
}

/*
 * How the listener fares. Where threads share it, each accept() has its lines in another cache
 * already (the kernel locks the listener, we count in the header): the time is one more. Stack and
 * thread are mostly the same ones again, and their line is left in peace then.
 */
static void note_last_accept(int listener, uint32_t stack, uint64_t now)
{
	struct fd_entry entry = fd_table_get(listener);
	struct recorded_socket *row;
	int32_t thread;

	if (entry.row == NO_ROW || socket_row(entry.row)->role != ROLE_LISTENER)
		return;
	row = socket_row(entry.row);
	thread = thread_id(ledger_header->pid);
	if (row->last_use != USE_ACCEPT)
		__atomic_store_n(&row->last_use, USE_ACCEPT, __ATOMIC_RELAXED);
	if (row->last_use_stack != stack)
		__atomic_store_n(&row->last_use_stack, stack, __ATOMIC_RELAXED);
	if (row->accept_thread != thread)
		__atomic_store_n(&row->accept_thread, thread, __ATOMIC_RELAXED);
	__atomic_store_n(&row->last_use_ns, now, __ATOMIC_RELEASE);
}

void note_accepted(int listener, int fd, const struct sockaddr *peer, socklen_t length)
{
	struct recorded_address address;
	struct recorded_socket *row;
	struct visit visit;
	uint32_t index;
	uint8_t kind;

	if (!visit_begin(&visit))
		return;
	kernel_address(peer, length, &address);
	kind = accepted_kind(fd, peer, length);
	if (!kind) {
		/* None of ours; its number may be that of a socket whose close we did not see. */
		if (!visit_by_vfork_child())
			notes_forget_stale(fd);
		goto out;
	}
	index = notes_new_row(fd, kind, kernel_cookie(fd), SOURCE_ACCEPT);
	if (index == NO_ROW)
		goto out;
	row = socket_row(index);
	row->opened_stack = stack_here();
	row->peer = address;
	row->role = ROLE_CONNECTED;
	note_last_accept(listener, row->opened_stack, row->opened_ns);
	notes_publish(fd, index);
out:
	visit_end(&visit);
}
