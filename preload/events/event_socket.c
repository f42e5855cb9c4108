/* SPDX-License-Identifier: MIT */
#include "preload/events/event_socket.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "preload/platform/clock.h"
#include "preload/platform/kernel.h"
#include "preload/ledger/ledger.h"
#include "preload/process/options.h"
#include "preload/platform/real_calls.h"
#include "preload/ledger/socket_table.h"
#include "preload/ledger/stack_table.h"
#include "preload/process/visit.h"

void notes_forget_stale(int fd)
{
	struct fd_entry entry = fd_table_take(fd);

	if (entry.row != NO_ROW)
		socket_lose_one(entry.row);
}

uint32_t notes_new_row(int fd, uint8_t kind, uint64_t cookie, enum recorded_source source)
{
	struct recorded_socket *row;
	uint32_t index;

	if (visit_by_vfork_child() || !visit_recording())
		return NO_ROW;
	notes_forget_stale(fd);
	index = socket_take();
	if (index == NO_ROW)
		return NO_ROW;
	row = socket_row(index);
	row->kind = kind;
	row->cookie = cookie;
	row->source = source;
	row->first_fd = fd;
	row->opened_ns = clock_now();
	return index;
}

void notes_publish(int fd, uint32_t index)
{
	socket_publish(index);
	if (!fd_table_put(fd, (struct fd_entry){ .row = index }))
		socket_lose_one(index);
}

bool notes_join_known(int fd, uint64_t cookie, uint32_t stack)
{
	uint32_t index;

	notes_forget_stale(fd);
	index = ledger_header ? socket_find(cookie) : NO_ROW;
	if (index == NO_ROW)
		return false;
	socket_hold(index);
	if (!fd_table_put(fd, (struct fd_entry){ .row = index, .duplicate_stack = stack }))
		socket_release(index);
	return true;
}

/* A socket that nobody saw being opened. Where it came from is asked now or never. */
static uint32_t adopt(int fd, uint64_t cookie)
{
	uint8_t kind = kernel_kind(fd, options.unix_sockets);
	struct recorded_socket *row;
	uint32_t index;

	if (!kind)
		return NO_ROW;
	if (notes_join_known(fd, cookie, 0))
		return fd_table_get(fd).row;
	index = notes_new_row(fd, kind, cookie, SOURCE_ADOPTED);
	if (index == NO_ROW)
		return NO_ROW;
	row = socket_row(index);
	kernel_local(fd, &row->local);
	if (kernel_peer(fd, &row->peer))
		row->role = ROLE_CONNECTED;
	notes_publish(fd, index);
	return fd_table_get(fd).row;
}

uint32_t notes_row_of(int fd)
{
	struct fd_entry entry = fd_table_get(fd);
	uint64_t cookie;

	if (visit_by_vfork_child())
		return NO_ROW;
	cookie = kernel_cookie(fd);

	if (entry.row != NO_ROW && cookie == socket_row(entry.row)->cookie)
		return entry.row;
	if (entry.row != NO_ROW)
		notes_forget_stale(fd);
	return cookie ? adopt(fd, cookie) : NO_ROW;
}

bool notes_connecting(uint32_t index, int error)
{
	struct recorded_socket *row = socket_row(index);

	if (row->role != ROLE_CONNECTING)
		return false;
	/* A reset in answer to a SYN is ECONNREFUSED (Linux, tcp_reset()). */
	if (error != ECONNRESET && error != EPIPE)
		return true;
	__atomic_store_n(&row->role, ROLE_CONNECTED, __ATOMIC_RELEASE);
	return false;
}
