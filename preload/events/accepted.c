/* SPDX-License-Identifier: MIT */
#include "preload/events/events.h"

#include <errno.h>
#include "preload/platform/kernel.h"
#include "preload/platform/readable.h"
#include "preload/ledger/ledger.h"
#include "preload/events/closed_numbers.h"
#include "preload/events/event_socket.h"
#include "preload/events/next_call.h"
#include "preload/process/options.h"
#include "preload/platform/thread.h"
#include "preload/ledger/socket_table.h"
#include "preload/process/stack_here.h"
#include "preload/process/visit.h"

/* Memory this far above a frame is the stack of those who called. */
#define NEAR_BYTES 16384

socklen_t note_accepting(const socklen_t *length)
{
	const uintptr_t place = (uintptr_t)length, last = place + sizeof(*length) - 1;
	bool is_memory;
	int before;

	if (!length)
		return 0;
	/* As a rule it is a variable of the caller. */
	if (place - (uintptr_t)__builtin_frame_address(0) < NEAR_BYTES)
		return *length;
	before = errno;
	is_memory = readable(place) && readable(last);
	errno = before;
	return is_memory ? *length : 0;
}

/*
 * What accept() gave: the peer's address gives the family without a system call, unless the
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
static void note_last_accept(const struct visit *visit, int listener, uint32_t stack, uint64_t now)
{
	struct held_socket held = event_socket_tracked(visit, listener);
	struct recorded_socket *row = held.row;
	int32_t thread;

	if (!socket_is_held(held))
		return;
	if (row->role != ROLE_LISTENER)
		goto out;
	thread = thread_id(visit->ledger->header->pid);
	if (row->last_use != USE_ACCEPT)
		__atomic_store_n(&row->last_use, USE_ACCEPT, __ATOMIC_RELAXED);
	if (row->last_use_stack != stack)
		__atomic_store_n(&row->last_use_stack, stack, __ATOMIC_RELAXED);
	if (row->accept_thread != thread)
		__atomic_store_n(&row->accept_thread, thread, __ATOMIC_RELAXED);
	__atomic_store_n(&row->last_use_ns, now, __ATOMIC_RELEASE);
out:
	socket_release(visit->ledger, held);
}

void note_accepted(int listener, int fd, const struct sockaddr *peer, socklen_t length)
{
	struct recorded_address address;
	struct held_socket held;
	struct visit visit;
	uint8_t kind;

	if (!visit_begin(&visit))
		return;
	kernel_address(peer, length, &address);
	kind = accepted_kind(fd, peer, length);
	if (!kind) {
		/* None of ours; its number may be that of a socket whose close went unseen. */
		event_forget_stale(&visit, fd);
		goto out;
	}
	held = event_new_socket(&visit, fd, kind, kernel_cookie(fd), SOURCE_ACCEPT);
	if (!socket_is_held(held))
		goto out;
	held.row->opened_stack = stack_here(&visit);
	held.row->peer = address;
	held.row->role = ROLE_CONNECTED;
	closed_number_tell(fd, held.row);
	next_call_note(&visit, NEXT_ACCEPT, fd, held.index, held.row->opened_stack);
	note_last_accept(&visit, listener, held.row->opened_stack, held.row->opened_ns);
	socket_publish(visit.ledger, held, fd);
out:
	visit_end(&visit);
}
