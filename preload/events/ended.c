/* SPDX-License-Identifier: MIT */
#include "preload/events/events.h"

#include <errno.h>
#include "preload/unwind/backtrace.h"
#include "preload/platform/kernel.h"
#include "preload/platform/clock.h"
#include "preload/ledger/ledger.h"
#include "preload/events/event_socket.h"
#include "preload/ledger/socket_table.h"
#include "preload/ledger/stack_table.h"
#include "preload/recording/decision.h"
#include "preload/process/visit.h"

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
static void settle_connect(int fd, struct recorded_socket *row)
{
	if (kernel_was_connected(fd)) {
		__atomic_store_n(&row->role, ROLE_CONNECTED, __ATOMIC_RELEASE);
		return;
	}
	__atomic_store_n(&row->role, ROLE_CONNECT_FAILED, __ATOMIC_RELEASE);
}

/*
 * The EOF is read once more. Where that is, is taken down at the second read, the fourth, the
 * eighth...: a program that spins pays for a stack now and then.
 */
static void eof_read_again(struct recorded_socket *row, uint32_t reads)
{
	if (row->last_use != USE_READ || (reads & (reads - 1)) == 0) {
		row->last_use_stack = stack_here();
		row->last_use = USE_READ;
	}
	__atomic_store_n(&row->last_use_ns, clock_now(), __ATOMIC_RELEASE);
}

static void eof_read(int fd)
{
	uint32_t index = notes_row_of(fd), reads;
	struct recorded_socket *row;
	uint64_t now;

	if (index == NO_ROW)
		return;
	row = socket_row(index);
	/* The program's own shutdown(SHUT_RD) reads as zero too. */
	if (row->shutdown_how & SHUTDOWN_READ)
		return;
	/* A zero from a listener, or before connect() is through, is none. */
	if (row->role == ROLE_LISTENER)
		return;
	if (row->role == ROLE_CONNECTING)
		settle_connect(fd, row);
	reads = __atomic_add_fetch(&row->eof_reads, 1, __ATOMIC_RELAXED);
	if (!socket_claim(index, LIFE_EOF)) {
		eof_read_again(row, reads);
		return;
	}
	now = clock_now();
	row->eof_stack = stack_here();
	socket_ended(index, now);
}

static void failed(int fd, int error, bool sending)
{
	uint32_t index = notes_row_of(fd);
	struct recorded_socket *row;
	bool connecting;
	uint64_t now;

	if (index == NO_ROW)
		return;
	row = socket_row(index);
	/* EPIPE after one's own shutdown(SHUT_WR) says nothing of the peer. */
	if (error == EPIPE && (row->shutdown_how & SHUTDOWN_WRITE))
		return;
	now = clock_now();
	if (row->life & (LIFE_EOF | LIFE_SHUTDOWN)) {
		row->last_use = sending ? USE_WRITE_FAILED : USE_READ;
		row->last_use_stack = stack_here();
		__atomic_store_n(&row->last_use_ns, now, __ATOMIC_RELEASE);
	}
	connecting = notes_connecting(index, error);
	if (!socket_claim(index, LIFE_ERROR))
		return;
	row->error = (uint16_t)error;
	if (connecting)
		row->role = ROLE_CONNECT_FAILED;
	else
		row->error_stack = stack_here();
	__atomic_store_n(&row->error_ns, now, __ATOMIC_RELEASE);
	ledger_touch(now);
}

ssize_t note_received(const struct receiving *call, ssize_t result)
{
	int error = errno;
	struct visit visit;

	/* The common failure: a non-blocking socket has nothing yet. */
	if (result < 0 && error == EAGAIN)
		return result;
	if (result < 0 && error == EBADF && backtrace_is_pipe(call->fd))
		return backtrace_read_pipe();
	if (result < 0 ? !is_fatal(error) : (call->asked == 0 || (call->flags & MSG_ERRQUEUE)))
		return result;
	if (!visit_begin(&visit))
		return result;
	if (result < 0)
		failed(call->fd, error, false);
	else
		eof_read(call->fd);
	visit_end(&visit);
	return result;
}

int note_send_failed(int fd)
{
	int error = errno;
	struct visit visit;

	if (!is_fatal(error) || !visit_begin(&visit))
		return -1;
	failed(fd, error, true);
	visit_end(&visit);
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
