/* SPDX-License-Identifier: MIT */
#include "analyzer/classify/last_seen.h"

#include "analyzer/base/clock.h"

/*
 * How long it was stuck at LOOKED_NS, as it is known for NS: the peer's FIN can't have come after
 * its last segment. A file may lie, but the clock runs for no longer than it shows.
 */
static uint64_t stuck_at(uint64_t sampled_ns, uint64_t ns, int64_t quiet_ms)
{
	uint64_t quiet_max = sampled_ns / NS_PER_MS;
	uint64_t quiet_ns = quiet_ms > 0 ? (uint64_t)quiet_ms : 0;

	quiet_ns = (quiet_ns < quiet_max ? quiet_ns : quiet_max) * NS_PER_MS;
	return ns > quiet_ns ? ns : quiet_ns;
}

struct last_seen last_seen_by_sighting(const struct observed_socket *socket)
{
	return (struct last_seen){
		.sampled_ns = socket->sampled_ns,
		.stuck_ns = stuck_at(socket->sampled_ns,
				     nanoseconds_between(socket->since_ns, socket->sampled_ns),
				     socket->quiet_ms),
		.state = socket->state,
		.evidence = {
			.in_program = true,
			.multipath = socket->flags & OBSERVED_MULTIPATH,
			.receive_queue = socket->receive_queue,
			.reads = socket->read_ns == socket->sampled_ns,
			.sends = socket->sent_ns == socket->sampled_ns || socket->send_queue,
			.readiness = socket->readiness <= EPOLL_REPORTED ? socket->readiness
									  : EPOLL_UNKNOWN,
		},
	};
}

static struct last_seen by_exit_look(const struct recorded_socket *row)
{
	return (struct last_seen){
		.sampled_ns = row->looked_ns,
		.stuck_ns = row->quiet_ms == UINT32_MAX
				    ? 0
				    : stuck_at(row->looked_ns, 0, row->quiet_ms),
		.state = row->tcp_state,
		.evidence = {
			.in_program = true,
			.multipath = row->kind == KIND_MPTCP,
			.receive_queue = row->receive_queue,
			.sends = row->last_sent_ms < row->quiet_ms,
		},
	};
}

/* By the last recorded epoll_ctl(). By now the end has been reported to whoever asked for it. */
static enum epoll_readiness recorded_readiness(const struct holding *holding)
{
	const struct recording_header *header = &holding->process->recording->header;
	uint32_t asked = holding->row->epoll_interest;
	const struct kernel_interest interest = { .events = kernel_epoll_after_report(asked) };

	return kernel_epoll_readiness(asked & RECORDED_REGISTERED ? &interest : NULL,
				      !(header->blind & BLIND_IO_URING));
}

struct last_seen last_seen_of(const struct socket_life *life, const struct holding *holding)
{
	const struct observed_socket *socket = life_seen_in(life, holding->process);
	const struct recorded_socket *row = holding->row;
	struct last_seen seen = { 0 };

	if (socket && !(socket->flags & OBSERVED_GONE))
		seen = last_seen_by_sighting(socket);
	if (row->looked_ns > seen.sampled_ns && row->kind != KIND_UNIX &&
	    row->receive_queue != RECORDED_QUEUE_UNKNOWN) {
		struct last_seen at_exit = by_exit_look(row);

		if (at_exit.state == seen.state) {
			uint64_t since_ns = seen.sampled_ns - seen.stuck_ns;
			uint64_t stuck_ns = nanoseconds_between(since_ns, row->looked_ns);

			at_exit.evidence.readiness = seen.evidence.readiness;
			if (stuck_ns > at_exit.stuck_ns)
				at_exit.stuck_ns = stuck_ns;
		}
		seen = at_exit;
	}
	if (seen.evidence.readiness == EPOLL_UNKNOWN)
		seen.evidence.readiness = recorded_readiness(holding);
	/* Out of CLOSE_WAIT leads nothing but a close or a shutdown, which would be recorded. */
	if (seen.state == KERNEL_CLOSE_WAIT && holding->process->end_known)
		seen.stuck_ns += nanoseconds_between(seen.sampled_ns, holding->process->end_ns);
	return seen;
}
