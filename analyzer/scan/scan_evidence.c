/* SPDX-License-Identifier: MIT */
#include "analyzer/scan/scan_evidence.h"

#include "analyzer/base/clock.h"

static uint64_t quiet_ns(int64_t quiet_ms)
{
	return quiet_ms > 0 ? (uint64_t)quiet_ms * NS_PER_MS : 0;
}

struct evidence scan_evidence_of_stuck(const struct kernel_socket *before,
				       const struct kernel_socket *now, bool listening,
				       enum epoll_readiness readiness)
{
	struct evidence evidence = {
		.running = true,
		.opened_here = !listening,
		.kernel = {
			.state = now->state,
			.stuck_ns = quiet_ns(now->quiet_ms),
			.in_program = now->inode != 0,
			.multipath = now->multipath,
			.receive_queue = now->receive_queue,
			.reads = now->receive_queue < before->receive_queue,
			.sends = now->bytes_sent != before->bytes_sent || now->send_queue,
			.has_sent = now->bytes_sent != 0,
			.readiness = readiness,
		},
	};

	if (!now->inode)
		evidence.backlog =
			(struct backlog_facts){ .waits = listening, .listener_open = listening };
	return evidence;
}

/*
 * The kernel keeps no time of a reset, which is no segment to its clocks of the peer's last data
 * and acknowledgement, and an idle connection may have been silent for hours before: such a socket
 * is known to be stuck for no longer than the samples are apart.
 */
struct evidence scan_evidence_of_unlisted(const struct kernel_unlisted *unlisted, bool listening,
					  uint64_t apart_ns)
{
	const bool fin_acked = kernel_unlisted_fin_acked(unlisted, listening);

	/* In any other state it is in a table: in that of a namespace that was not asked. */
	if (unlisted->state != KERNEL_CLOSE)
		return (struct evidence){ .running = true };
	return (struct evidence){
		.running = true,
		.kernel = {
			.state = KERNEL_CLOSE,
			.stuck_ns = fin_acked && !unlisted->error_pending
					    ? quiet_ns(unlisted->quiet_ms)
					    : apart_ns,
			.in_program = true,
			.closed_seen = true,
			.connected = kernel_unlisted_was_connected(unlisted),
			.fin_acked = fin_acked,
			.error_pending = unlisted->error_pending,
		},
	};
}
