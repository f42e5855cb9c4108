/* SPDX-License-Identifier: MIT */
#include "preload/events/events.h"

#include <errno.h>
#include "preload/events/event_socket.h"
#include "preload/events/next_call.h"
#include "preload/events/touched.h"
#include "preload/events/transfers.h"
#include "preload/ledger/ledger.h"
#include "preload/platform/clock.h"
#include "preload/platform/kernel.h"
#include "preload/process/stack_here.h"
#include "preload/process/visit.h"
#include "preload/recording/decision.h"
#include "preload/unwind/backtrace.h"

/* Errors after which a stream socket can only be closed (Linux, tcp_reset() and sk_err). */
static bool is_fatal(int error)
{
	switch (error) {
	case ECONNRESET:
	case EPIPE:
	case ETIMEDOUT:
	case ECONNABORTED:
	case ECONNREFUSED:
	case ENETRESET:
	case ENETDOWN:
	case ENETUNREACH:
	case EHOSTDOWN:
	case EHOSTUNREACH:
		return true;
	}
	return false;
}

/*
 * A connect() was under way, and nobody asked what became of it: it has succeeded, or a call that
 * finleak does not see took the error, and the read finds a socket that was never connected.
 */
static void settle_connect(int fd, struct held_socket held)
{
	socket_set_role(held, kernel_was_connected(fd) ? ROLE_CONNECTED : ROLE_CONNECT_FAILED);
}

/*
 * The EOF is read once more. Where that is, is taken down at the second read, the fourth, the
 * eighth...: a program that spins pays for a stack now and then.
 */
static void eof_read_again(const struct visit *visit, struct held_socket held, uint32_t reads)
{
	uint32_t stack = held.row->last_use_stack;

	if (held.row->last_use != USE_READ || (reads & (reads - 1)) == 0)
		stack = stack_here(visit);
	__atomic_store_n(&held.row->reread_stack, stack, __ATOMIC_RELAXED);
	socket_note_use(visit->ledger, held, USE_READ, stack, clock_now());
}

static inline __attribute__((always_inline)) void eof_read(const struct visit *visit, int fd,
							   struct held_socket held)
{
	struct recorded_socket *row = held.row;
	uint32_t reads;
	uint64_t now;

	/* The program's own shutdown(SHUT_RD) reads as zero too. */
	if (row->shutdown_how & SHUTDOWN_READ)
		return;
	/* A zero from a listener, or before connect() is through, is none. */
	if (row->role == ROLE_LISTENER)
		return;
	if (row->role == ROLE_CONNECTING)
		settle_connect(fd, held);
	reads = __atomic_add_fetch(&row->eof_reads, 1, __ATOMIC_RELAXED);
	if (!socket_claim(held, LIFE_EOF)) {
		eof_read_again(visit, held, reads);
		return;
	}
	now = clock_now();
	socket_note_eof(visit->ledger, held, stack_here(visit), now);
	next_call_expect(visit, held);
}

static void failed(const struct visit *visit, struct held_socket held, int error, bool sending)
{
	struct recorded_socket *row = held.row;
	uint64_t now = clock_now();
	uint32_t stack = 0;

	/* EPIPE after one's own shutdown(SHUT_WR) shows nothing of the peer. */
	if (error == EPIPE && (row->shutdown_how & SHUTDOWN_WRITE))
		return;
	if (row->life & (LIFE_EOF | LIFE_SHUTDOWN)) {
		stack = stack_here(visit);
		socket_note_use(visit->ledger, held, sending ? USE_WRITE_FAILED : USE_READ, stack,
				now);
	}
	if (event_connecting(held, error))
		event_connect_failed(visit, held, error);
	else if (socket_claim(held, LIFE_ERROR)) {
		__atomic_store_n(&row->error_call, sending ? ERROR_CALL_WRITE : ERROR_CALL_READ,
				 __ATOMIC_RELAXED);
		socket_note_error(visit->ledger, held, error, stack ? stack : stack_here(visit),
				  now);
		next_call_expect(visit, held);
	}
}

/*
 * What a call on FD met: an EOF (ERROR is 0), or ERROR. Inline: each frame of the recorder is one
 * more to be stepped over.
 */
static inline __attribute__((always_inline)) void note_end(int fd, int error, bool sending)
{
	struct held_socket held;
	struct visit visit;

	if (!visit_begin(&visit))
		return;
	held = event_socket(&visit, fd);
	if (socket_is_held(held) && error)
		failed(&visit, held, error, sending);
	else if (socket_is_held(held))
		eof_read(&visit, fd, held);
	socket_release(visit.ledger, held);
	visit_end(&visit);
}

/* ERROR is the call's errno. */
static __attribute__((noinline)) ssize_t nothing_received(const struct receiving *call,
							  ssize_t result, int error)
{
	if (result < 0 && error == EBADF && backtrace_is_pipe(call->fd))
		return backtrace_read_pipe();
	if (result < 0 ? !is_fatal(error) : (call->asked == 0 || (call->flags & MSG_ERRQUEUE)))
		return result;
	note_end(call->fd, result < 0 ? error : 0, false);
	return result;
}

ssize_t note_received(const struct receiving *call, ssize_t result)
{
	int error = 0;

	if (result < 0) {
		error = errno;
		/* The common failure: a non-blocking socket has nothing yet. */
		if (error == EAGAIN)
			return touch_is_asked(&call->fd) ? note_asked(&call->fd, result) : result;
	}
	return nothing_received(call, result, error);
}

int note_send_failed(int fd)
{
	int error = errno;

	if (is_fatal(error))
		note_end(fd, error, true);
	return -1;
}

void note_transfer_failed(int from, int to)
{
	struct receiving call = { .fd = from, .asked = 1 };

	note_send_failed(to);
	/* EPIPE is the target's, be it a pipe without a reader; a source never gives it. */
	if (errno != EPIPE)
		note_received(&call, -1);
}
