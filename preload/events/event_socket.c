/* SPDX-License-Identifier: MIT */
#include "preload/events/event_socket.h"

#include "preload/recording/decision.h"

#include <errno.h>
#include "preload/events/transfers.h"
#include "preload/ledger/ledger.h"
#include "preload/platform/clock.h"
#include "preload/platform/kernel.h"
#include "preload/process/options.h"

static const struct held_socket none = { .row = NULL };

void event_forget_stale(const struct visit *visit, int fd)
{
	if (visit_by_vfork_child())
		return;
	socket_lose(visit->ledger, fd);
	touch_forget(fd);
}

struct held_socket event_new_socket(const struct visit *visit, int fd, uint8_t kind,
				    uint64_t cookie, enum recorded_source source)
{
	struct new_socket fresh = { .kind = kind, .source = source, .cookie = cookie, .fd = fd };

	if (visit_by_vfork_child() || !visit_recording(visit))
		return none;
	socket_lose(visit->ledger, fd);
	touch_expect(fd);
	fresh.opened_ns = clock_now();
	return socket_take(visit->ledger, &fresh);
}

bool event_join_known(const struct visit *visit, int fd, uint64_t cookie, uint32_t stack)
{
	struct held_socket held;

	socket_lose(visit->ledger, fd);
	held = socket_find(visit->ledger, cookie);
	if (!socket_is_held(held))
		return false;
	if (!socket_promise_descriptor(held)) {
		/* Its last other descriptor is being closed: it begins again here. */
		socket_release(visit->ledger, held);
		return false;
	}
	touch_expect(fd);
	socket_keep_promise(visit->ledger, held, fd, stack);
	return true;
}

/* A socket that nobody saw being opened. Where it came from is asked now or never. */
static struct held_socket adopt(const struct visit *visit, int fd, uint64_t cookie)
{
	uint8_t kind = kernel_kind(fd, options.unix_sockets);
	struct held_socket held;

	if (!kind)
		return none;
	/* It may be the first of its kind. */
	if (kind == KIND_MPTCP)
		cookie = kernel_cookie(fd);
	if (event_join_known(visit, fd, cookie, 0))
		return socket_acquire(visit->ledger, fd);
	held = event_new_socket(visit, fd, kind, cookie, SOURCE_ADOPTED);
	if (!socket_is_held(held))
		return none;
	kernel_local(fd, &held.row->local);
	if (kernel_peer(fd, &held.row->peer))
		held.row->role = ROLE_CONNECTED;
	socket_publish(visit->ledger, held, fd);
	return socket_acquire(visit->ledger, fd);
}

/* HELD, by FD, if FD is COOKIE's; else it is given up. */
static struct held_socket confirm(const struct visit *visit, int fd, struct held_socket held,
				  uint64_t cookie)
{
	if (!socket_is_held(held))
		return none;
	if (cookie == held.row->cookie) {
		if (held.unverified)
			descriptor_verify(visit->ledger, fd);
		return held;
	}
	socket_release(visit->ledger, held);
	socket_lose(visit->ledger, fd);
	return none;
}

struct held_socket event_socket(const struct visit *visit, int fd)
{
	struct held_socket held;
	uint64_t cookie;

	if (visit_by_vfork_child())
		return none;
	cookie = kernel_cookie(fd);
	held = confirm(visit, fd, socket_acquire(visit->ledger, fd), cookie);
	if (socket_is_held(held) || !cookie)
		return held;
	return adopt(visit, fd, cookie);
}

struct held_socket event_socket_tracked(const struct visit *visit, int fd)
{
	struct held_socket held;

	if (visit_by_vfork_child())
		return none;
	held = socket_acquire(visit->ledger, fd);
	if (socket_is_held(held) && held.unverified)
		return confirm(visit, fd, held, kernel_cookie(fd));
	return held;
}

struct held_socket event_socket_known(const struct visit *visit, int fd)
{
	struct held_socket held = event_socket_tracked(visit, fd);
	uint64_t cookie;

	if (socket_is_held(held) || visit_by_vfork_child())
		return held;
	cookie = kernel_cookie(fd);
	return cookie ? adopt(visit, fd, cookie) : none;
}

bool event_entry_holds(const struct visit *visit, int fd, struct descriptor_entry entry)
{
	if (entry.row == NO_ROW)
		return false;
	if (!entry.unverified || kernel_cookie(fd) == socket_row(visit->ledger, entry.row)->cookie)
		return true;
	socket_lose_entry(visit->ledger, entry);
	return false;
}

void event_ask_unread_end(int fd, struct recorded_socket *row, uint64_t now)
{
	if (row->role != ROLE_CONNECTED || row->kind == KIND_UNIX ||
	    now < row->opened_ns + RECORDED_STUCK_NS || decide(row).kind != DECIDED_NOT)
		return;
	if (kernel_peer_ended(fd, row))
		__atomic_store_n(&row->sampled_ns, now, __ATOMIC_RELEASE);
}

bool event_connecting(struct held_socket held, int error)
{
	if (held.row->role != ROLE_CONNECTING)
		return false;
	/* A reset in answer to a SYN is ECONNREFUSED (Linux, tcp_reset()). */
	if (error != ECONNRESET && error != EPIPE)
		return true;
	socket_set_role(held, ROLE_CONNECTED);
	return false;
}

void event_connect_failed(const struct visit *visit, struct held_socket held, int error)
{
	if (!socket_claim(held, LIFE_ERROR))
		return;
	socket_set_role(held, ROLE_CONNECT_FAILED);
	socket_note_error(visit->ledger, held, error, 0, clock_now());
}
