/* SPDX-License-Identifier: MIT */
#include "preload/events/events.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "preload/events/event_socket.h"
#include "preload/events/next_call.h"
#include "preload/ledger/ledger.h"
#include "preload/platform/clock.h"
#include "preload/platform/kernel.h"
#include "preload/platform/raw_calls.h"
#include "preload/platform/real_calls.h"
#include "preload/process/options.h"
#include "preload/process/process_fork.h"
#include "preload/process/stack_here.h"
#include "preload/process/visit.h"

void note_socket(int fd, int domain, int type, int protocol, enum recorded_source source)
{
	uint8_t kind = kernel_kind_of(domain, type, protocol, options.unix_sockets);
	struct held_socket held;
	struct visit visit;

	if (!visit_begin(&visit))
		return;
	if (!kind) {
		/* None of ours; its number may be that of a socket whose close went unseen. */
		event_forget_stale(&visit, fd);
		goto out;
	}
	held = event_new_socket(&visit, fd, kind, kernel_cookie(fd), source);
	if (!socket_is_held(held))
		goto out;
	held.row->opened_stack = stack_here(&visit);
	if (source == SOURCE_PAIR)
		held.row->role = ROLE_CONNECTED;
	socket_publish(visit.ledger, held, fd);
out:
	visit_end(&visit);
}

bool note_opened_for(int fd, const struct script_line *lines, size_t count)
{
	struct held_socket held;
	struct visit visit;
	uint32_t stack = 0;

	if (!visit_begin(&visit))
		return false;
	held = event_socket_tracked(&visit, fd);
	if (socket_is_held(held)) {
		stack = stack_of_script(&visit, lines, count);
		if (stack)
			__atomic_store_n(&held.row->opened_stack, stack, __ATOMIC_RELEASE);
		if (stack && held.row->role == ROLE_LISTENER)
			held.row->listen_stack = stack;
	}
	socket_release(visit.ledger, held);
	visit_end(&visit);
	return stack != 0;
}

static void adopt_as(const struct visit *visit, int fd, enum recorded_source source,
		     bool with_stack)
{
	uint64_t cookie = kernel_cookie(fd);
	uint8_t kind = cookie ? kernel_kind(fd, options.unix_sockets) : 0;
	struct held_socket held;
	uint32_t stack;

	if (!kind || visit_by_vfork_child() || !visit_recording(visit))
		return;
	/* It may be the first of its kind. */
	if (kind == KIND_MPTCP)
		cookie = kernel_cookie(fd);
	stack = with_stack ? stack_here(visit) : 0;
	if (event_join_known(visit, fd, cookie, stack))
		return;
	held = event_new_socket(visit, fd, kind, cookie, source);
	if (!socket_is_held(held))
		return;
	held.row->opened_stack = stack;
	kernel_local(fd, &held.row->local);
	if (kernel_peer(fd, &held.row->peer))
		held.row->role = ROLE_CONNECTED;
	else if (kernel_listens(fd))
		held.row->role = ROLE_LISTENER;
	socket_publish(visit->ledger, held, fd);
}

void note_passed(int fd)
{
	struct visit visit;

	if (!visit_begin(&visit))
		return;
	adopt_as(&visit, fd, SOURCE_PASSED, true);
	visit_end(&visit);
}

void note_sent(int fd)
{
	struct held_socket held;
	struct visit visit;

	if (!visit_begin(&visit))
		return;
	held = event_socket_tracked(&visit, fd);
	if (socket_is_held(held))
		socket_claim(held, LIFE_SENT);
	socket_release(visit.ledger, held);
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
static void adopt_all(const struct visit *visit, int folder)
{
	char buffer[4096] __attribute__((aligned(8)));
	long length, at;

	while ((length = real.syscall(SYS_getdents64, folder, buffer, sizeof(buffer))) > 0) {
		for (at = 0; at < length;) {
			struct directory_entry *entry = (struct directory_entry *)(buffer + at);
			int fd = atoi(entry->name);

			at += entry->size;
			if (entry->name[0] != '.' && fd != folder)
				adopt_as(visit, fd, SOURCE_EXEC, false);
		}
	}
}

void note_inherited_by_exec(void)
{
	struct visit visit;
	int folder;

	if (!visit_begin(&visit))
		return;
	folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder >= 0) {
		adopt_all(&visit, folder);
		real.syscall(SYS_close, folder);
	}
	visit_end(&visit);
}

/* New descriptors have the lowest free numbers: no holes of this size are below one. */
#define HOLE_MAX 64

/* False: FD is closed. */
static bool adopt_unrecorded(const struct visit *visit, int fd)
{
	uint64_t cookie = kernel_cookie(fd);
	struct held_socket held;
	bool is_known;

	if (!cookie)
		return raw_call(SYS_fcntl, fd, F_GETFD, 0, 0) >= 0;
	held = socket_acquire(visit->ledger, fd);
	is_known = socket_is_held(held) && held.row->cookie == cookie;
	socket_release(visit->ledger, held);
	if (!is_known)
		adopt_as(visit, fd, SOURCE_ADOPTED, true);
	return true;
}

void note_unrecorded_opened(void)
{
	struct visit visit;
	int fd, hole = 0;

	if (process_has_threads() || !visit_begin(&visit))
		return;
	for (fd = 0; hole < HOLE_MAX; fd++)
		hole = adopt_unrecorded(&visit, fd) ? 0 : hole + 1;
	visit_end(&visit);
}

void note_listening(int fd)
{
	struct held_socket held;
	struct visit visit;

	if (!visit_begin(&visit))
		return;
	held = event_socket_known(&visit, fd);
	if (socket_is_held(held)) {
		held.row->listen_stack = stack_here(&visit);
		kernel_local(fd, &held.row->local);
		socket_set_role(held, ROLE_LISTENER);
	}
	socket_release(visit.ledger, held);
	visit_end(&visit);
}

/* connect() to AF_UNSPEC has ended the connection: nothing that was learnt of it holds any more. */
static void connection_dissolved(struct held_socket held)
{
	struct recorded_socket *row = held.row;

	socket_set_role(held, ROLE_NONE);
	__atomic_store_n(&row->eof_ns, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&row->error_ns, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&row->shutdown_ns, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&row->last_use_ns, 0, __ATOMIC_RELEASE);
	row->last_use = USE_NONE;
	row->eof_reads = 0;
	row->error = 0;
	row->shutdown_how = 0;
	socket_unclaim(held, LIFE_EOF);
	socket_unclaim(held, LIFE_ERROR);
	socket_unclaim(held, LIFE_SHUTDOWN);
}

/* connect() to PEER on a socket that is held returned RESULT, or failed with ERROR. */
static void connected(const struct visit *visit, struct held_socket held,
		      const struct sockaddr *peer, socklen_t length, int result, int error)
{
	kernel_address(peer, length, &held.row->peer);
	if (result == 0 && length >= sizeof(peer->sa_family) && peer->sa_family == AF_UNSPEC) {
		connection_dissolved(held);
		return;
	}
	if (result == 0 || error == EISCONN) {
		socket_connect_again(held, ROLE_CONNECTED);
		return;
	}
	held.row->connect_stack = stack_here(visit);
	if (error == EINPROGRESS || error == EINTR || error == EAGAIN)
		socket_connect_again(held, ROLE_CONNECTING);
	else
		event_connect_failed(visit, held, error);
}

void note_connect(int fd, const struct sockaddr *peer, socklen_t length, int result, int error)
{
	struct held_socket held;
	struct visit visit;

	if (result < 0 && (error == EBADF || error == ENOTSOCK || error == EALREADY ||
			   error == EFAULT || error == EINVAL || error == EAFNOSUPPORT))
		return;
	if (!visit_begin(&visit))
		return;
	held = event_socket_known(&visit, fd);
	if (socket_is_held(held)) {
		connected(&visit, held, peer, length, result, error);
		next_call_note(&visit, NEXT_CONNECT, fd, held.index,
			       result < 0 ? held.row->connect_stack : 0);
	}
	socket_release(visit.ledger, held);
	visit_end(&visit);
}

/* No error: a connect() that was under way has succeeded if there is a peer now. */
static void connect_through(const struct visit *visit, int fd)
{
	struct held_socket held = event_socket_tracked(visit, fd);

	if (socket_is_held(held) && held.row->role == ROLE_CONNECTING &&
	    kernel_peer(fd, &held.row->peer))
		socket_connect_again(held, ROLE_CONNECTED);
	socket_release(visit->ledger, held);
}

static void pending_error(const struct visit *visit, int fd, int error)
{
	struct held_socket held = event_socket(visit, fd);

	if (!socket_is_held(held))
		return;
	if (event_connecting(held, error))
		event_connect_failed(visit, held, error);
	else if (socket_claim(held, LIFE_ERROR)) {
		__atomic_store_n(&held.row->error_call, ERROR_CALL_GETSOCKOPT, __ATOMIC_RELAXED);
		socket_note_error(visit->ledger, held, error, stack_here(visit), clock_now());
	}
	socket_release(visit->ledger, held);
}

/* Where a connect() was under way, the error that getsockopt() handed out is its outcome. */
void note_pending_error(int fd, int error)
{
	struct visit visit;

	if (!visit_begin(&visit))
		return;
	if (error == 0)
		connect_through(&visit, fd);
	else
		pending_error(&visit, fd, error);
	visit_end(&visit);
}
