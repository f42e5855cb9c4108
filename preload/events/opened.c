/* SPDX-License-Identifier: MIT */
#include "preload/events/events.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "preload/platform/clock.h"
#include "preload/platform/kernel.h"
#include "preload/ledger/ledger.h"
#include "preload/events/event_socket.h"
#include "preload/process/options.h"
#include "preload/platform/real_calls.h"
#include "preload/ledger/socket_table.h"
#include "preload/ledger/stack_table.h"
#include "preload/process/visit.h"

/* FD is none of ours; its number may be that of a socket whose close we did not see. */
static void forget_stale(int fd)
{
	if (fd_table_get(fd).row != NO_ROW && !visit_by_vfork_child())
		notes_forget_stale(fd);
}

void note_socket(int fd, int domain, int type, int protocol, enum recorded_source source)
{
	uint8_t kind = kernel_kind_of(domain, type, protocol, options.unix_sockets);
	struct visit visit;
	uint32_t index;

	if (!visit_begin(&visit))
		return;
	if (!kind) {
		forget_stale(fd);
		goto out;
	}
	index = notes_new_row(fd, kind, kernel_cookie(fd), source);
	if (index == NO_ROW)
		goto out;
	socket_row(index)->opened_stack = stack_here();
	if (source == SOURCE_PAIR)
		socket_row(index)->role = ROLE_CONNECTED;
	notes_publish(fd, index);
out:
	visit_end(&visit);
}

static void adopt_as(int fd, enum recorded_source source, bool with_stack)
{
	uint64_t cookie = kernel_cookie(fd);
	uint8_t kind = cookie ? kernel_kind(fd, options.unix_sockets) : 0;
	struct recorded_socket *row;
	uint32_t index, stack;

	if (!kind || visit_by_vfork_child() || !visit_recording())
		return;
	stack = with_stack ? stack_here() : 0;
	if (notes_join_known(fd, cookie, stack))
		return;
	index = notes_new_row(fd, kind, cookie, source);
	if (index == NO_ROW)
		return;
	row = socket_row(index);
	row->opened_stack = stack;
	kernel_local(fd, &row->local);
	if (kernel_peer(fd, &row->peer))
		row->role = ROLE_CONNECTED;
	else if (kernel_listens(fd))
		row->role = ROLE_LISTENER;
	notes_publish(fd, index);
}

void note_passed(int fd)
{
	struct visit visit;

	if (!visit_begin(&visit))
		return;
	adopt_as(fd, SOURCE_PASSED, true);
	visit_end(&visit);
}

void note_sent(int fd)
{
	struct fd_entry entry;
	struct visit visit;

	if (!visit_begin(&visit))
		return;
	entry = fd_table_get(fd);
	if (entry.row != NO_ROW && !visit_by_vfork_child())
		socket_claim(entry.row, LIFE_SENT);
	visit_end(&visit);
}

struct directory_entry {
	uint64_t inode;
	int64_t offset;
	unsigned short size;
	unsigned char type;
	char name[];
};

/* Reads /proc/self/fd by system call: opendir() would allocate in a program that has not begun. */
void note_inherited_by_exec(void)
{
	char buffer[4096] __attribute__((aligned(8)));
	int folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long length, at;

	if (folder < 0)
		return;
	while ((length = real.syscall(SYS_getdents64, folder, buffer, sizeof(buffer))) > 0) {
		for (at = 0; at < length;) {
			struct directory_entry *entry = (struct directory_entry *)(buffer + at);
			int fd = atoi(entry->name);

			at += entry->size;
			if (entry->name[0] != '.' && fd != folder)
				adopt_as(fd, SOURCE_EXEC, false);
		}
	}
	real.syscall(SYS_close, folder);
}

void note_listening(int fd)
{
	struct visit visit;
	uint32_t index;

	if (!visit_begin(&visit))
		return;
	index = notes_row_of(fd);
	if (index != NO_ROW) {
		struct recorded_socket *row = socket_row(index);

		row->listen_stack = stack_here();
		kernel_local(fd, &row->local);
		__atomic_store_n(&row->role, ROLE_LISTENER, __ATOMIC_RELEASE);
	}
	visit_end(&visit);
}

/* Takes back an earlier failure: connect() may be tried again on the same socket. */
static void connect_anew(uint32_t index, enum recorded_role role)
{
	struct recorded_socket *row = socket_row(index);

	if (row->role == ROLE_CONNECT_FAILED) {
		__atomic_store_n(&row->error_ns, 0, __ATOMIC_RELEASE);
		row->error = 0;
		socket_unclaim(index, LIFE_ERROR);
	}
	__atomic_store_n(&row->role, role, __ATOMIC_RELEASE);
}

/* connect() to AF_UNSPEC has ended the connection: nothing that was learnt of it holds any more. */
static void connection_dissolved(uint32_t index)
{
	struct recorded_socket *row = socket_row(index);

	__atomic_store_n(&row->role, ROLE_NONE, __ATOMIC_RELEASE);
	__atomic_store_n(&row->eof_ns, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&row->error_ns, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&row->shutdown_ns, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&row->last_use_ns, 0, __ATOMIC_RELEASE);
	row->last_use = USE_NONE;
	row->eof_reads = 0;
	row->error = 0;
	row->shutdown_how = 0;
	socket_unclaim(index, LIFE_EOF);
	socket_unclaim(index, LIFE_ERROR);
	socket_unclaim(index, LIFE_SHUTDOWN);
}

static void connect_failed(uint32_t index, int error)
{
	struct recorded_socket *row = socket_row(index);

	if (!socket_claim(index, LIFE_ERROR))
		return;
	row->error = (uint16_t)error;
	row->role = ROLE_CONNECT_FAILED;
	__atomic_store_n(&row->error_ns, clock_now(), __ATOMIC_RELEASE);
	ledger_touch(row->error_ns);
}

void note_connect(int fd, const struct sockaddr *peer, socklen_t length, int result, int error)
{
	struct recorded_socket *row;
	struct visit visit;
	uint32_t index;

	if (result < 0 && (error == EBADF || error == ENOTSOCK || error == EALREADY ||
			   error == EFAULT || error == EINVAL || error == EAFNOSUPPORT))
		return;
	if (!visit_begin(&visit))
		return;
	index = notes_row_of(fd);
	if (index == NO_ROW)
		goto out;
	row = socket_row(index);
	kernel_address(peer, length, &row->peer);
	if (result == 0 && length >= sizeof(peer->sa_family) && peer->sa_family == AF_UNSPEC) {
		connection_dissolved(index);
		goto out;
	}
	if (result == 0 || error == EISCONN) {
		connect_anew(index, ROLE_CONNECTED);
		goto out;
	}
	row->connect_stack = stack_here();
	if (error == EINPROGRESS || error == EINTR || error == EAGAIN)
		connect_anew(index, ROLE_CONNECTING);
	else
		connect_failed(index, error);
out:
	visit_end(&visit);
}

/* No error: a connect() that was under way has succeeded if there is a peer now. */
static void connect_through(int fd)
{
	struct fd_entry entry = fd_table_get(fd);
	struct recorded_socket *row;

	if (entry.row == NO_ROW || socket_row(entry.row)->role != ROLE_CONNECTING)
		return;
	row = socket_row(entry.row);
	if (!visit_by_vfork_child() && kernel_cookie(fd) == row->cookie &&
	    kernel_peer(fd, &row->peer))
		connect_anew(entry.row, ROLE_CONNECTED);
}

/* Where a connect() was under way, the error that getsockopt() handed out is its outcome. */
void note_pending_error(int fd, int error)
{
	struct visit visit;
	uint32_t index;

	if (!visit_begin(&visit))
		return;
	if (error == 0) {
		connect_through(fd);
		goto out;
	}
	index = notes_row_of(fd);
	if (index == NO_ROW)
		goto out;
	if (notes_connecting(index, error)) {
		connect_failed(index, error);
	} else if (socket_claim(index, LIFE_ERROR)) {
		struct recorded_socket *row = socket_row(index);

		row->error_stack = stack_here();
		row->error = (uint16_t)error;
		__atomic_store_n(&row->error_ns, clock_now(), __ATOMIC_RELEASE);
		ledger_touch(row->error_ns);
	}
out:
	visit_end(&visit);
}
