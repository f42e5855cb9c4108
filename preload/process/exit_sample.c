/* SPDX-License-Identifier: MIT */
#include "preload/process/exit_sample.h"

#include <fcntl.h>
#include <stdbool.h>
#include "preload/ledger/ledger.h"
#include "preload/ledger/socket_table.h"
#include "preload/platform/clock.h"
#include "preload/platform/kernel.h"
#include "preload/platform/raw_calls.h"

static void sample(int fd, struct recorded_socket *row, uint64_t now)
{
	if (row->kind != KIND_UNIX)
		kernel_state(fd, row);
	if (!row->local.family)
		kernel_local(fd, &row->local);
	if (!row->peer.family && row->role != ROLE_LISTENER)
		kernel_peer(fd, &row->peer);
	__atomic_store_n(&row->sampled_ns, now, __ATOMIC_RELEASE);
}

static void sample_descriptor(struct ledger *ledger, int fd, uint64_t now)
{
	struct held_socket held = socket_acquire(ledger, fd);
	bool is_same;

	if (!socket_is_held(held))
		return;
	/* A duplicate of one that was sampled is asked for its cookie only where it may be another.
	 */
	if (held.row->sampled_ns == now && !held.unverified)
		goto out;
	is_same = kernel_cookie(fd) == held.row->cookie;
	if (is_same && held.row->sampled_ns != now)
		sample(fd, held.row, now);
	if (is_same)
		descriptor_verify(ledger, fd);
	else
		socket_lose(ledger, fd);
out:
	socket_release(ledger, held);
}

void exit_sample(const struct visit *visit)
{
	struct ledger *ledger = visit->ledger;
	uint64_t now = clock_now();
	int fd;

	for (fd = descriptor_next(ledger, 0); fd >= 0; fd = descriptor_next(ledger, fd + 1))
		sample_descriptor(ledger, fd, now);
	__atomic_store_n(&ledger->header->last_sample_ns, now, __ATOMIC_RELEASE);
}

static bool survives_exec(int fd)
{
	long flags = raw_call(SYS_fcntl, fd, F_GETFD, 0, 0);

	return flags >= 0 && !(flags & FD_CLOEXEC);
}

/* Marks the socket of FD as one that exec closes, or, where FD survives it, as one that it does
 * not. */
static void mark(struct ledger *ledger, int fd, bool closes)
{
	struct held_socket held;

	if (closes == survives_exec(fd))
		return;
	held = socket_acquire(ledger, fd);
	if (!socket_is_held(held))
		return;
	if (closes)
		socket_claim(held, LIFE_EXEC_CLOSES);
	else
		socket_unclaim(held, LIFE_EXEC_CLOSES);
	socket_release(ledger, held);
}

void exit_sample_exec(const struct visit *visit)
{
	struct ledger *ledger = visit->ledger;
	int fd;

	for (fd = descriptor_next(ledger, 0); fd >= 0; fd = descriptor_next(ledger, fd + 1))
		mark(ledger, fd, true);
	/* One descriptor that survives keeps the socket. */
	for (fd = descriptor_next(ledger, 0); fd >= 0; fd = descriptor_next(ledger, fd + 1))
		mark(ledger, fd, false);
}

void exit_sample_publish_end(const struct visit *visit, enum recording_end end, uint32_t stack)
{
	struct recording_header *header = visit->ledger->header;

	header->end_stack = stack;
	__atomic_store_n(&header->end_ns, end == END_NONE ? 0 : clock_now(), __ATOMIC_RELEASE);
	__atomic_store_n(&header->end, end, __ATOMIC_RELEASE);
}
