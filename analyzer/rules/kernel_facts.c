/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/kernel_facts.h"

#include "analyzer/base/clock.h"

/*
 * How long it was stuck at SAMPLED_NS, as it is known for NS: the peer's FIN can't have come after
 * its last segment. A file may lie, but the clock runs for no longer than it shows.
 */
static uint64_t stuck_at(uint64_t sampled_ns, uint64_t ns, int64_t quiet_ms)
{
	uint64_t quiet_max = sampled_ns / NS_PER_MS;
	uint64_t quiet_ns = quiet_ms > 0 ? (uint64_t)quiet_ms : 0;

	quiet_ns = (quiet_ns < quiet_max ? quiet_ns : quiet_max) * NS_PER_MS;
	return ns > quiet_ns ? ns : quiet_ns;
}

static uint64_t fin_by_sample(uint64_t sampled_ns, int64_t quiet_ms)
{
	return quiet_ms < 0 ? 0 : sampled_ns - stuck_at(sampled_ns, 0, quiet_ms);
}

/*
 * A reset counts as no segment: when it came is not known, but for the first sample that found it.
 */
static bool is_reset(const struct observed_socket *socket)
{
	return socket->state == KERNEL_CLOSE &&
	       (!(socket->flags & OBSERVED_FIN_SENT) || socket->flags & OBSERVED_ERROR_PENDING);
}

struct kernel_facts kernel_facts_by_sample(const struct observed_socket *socket)
{
	bool closed = socket->state == KERNEL_CLOSE, reset = is_reset(socket);

	return (struct kernel_facts){
		.state = socket->state,
		.sampled_ns = socket->sampled_ns,
		.fin_ns = reset ? socket->since_ns
				: fin_by_sample(socket->sampled_ns, socket->quiet_ms),
		.stuck_ns = stuck_at(socket->sampled_ns,
				     nanoseconds_between(socket->since_ns, socket->sampled_ns),
				     reset ? -1 : socket->quiet_ms),
		.quiet_ns = stuck_at(socket->sampled_ns, 0, socket->quiet_ms),
		.in_program = socket->listener == 0,
		.multipath = socket->flags & OBSERVED_MULTIPATH,
		.receive_queue = socket->receive_queue,
		.reads = socket->read_ns == socket->sampled_ns,
		.sends = socket->sent_ns == socket->sampled_ns || socket->send_queue,
		.has_sent = socket->bytes_sent || socket->sent_ms >= 0,
		.sent_ns = socket->sent_ns,
		.read_ns = socket->read_ns,
		.unread_ns = socket->unread_ns,
		.readiness =
			socket->readiness <= EPOLL_REPORTED ? socket->readiness : EPOLL_UNKNOWN,
		.closed_seen = closed,
		.connected = closed && socket->flags & OBSERVED_CONNECTED,
		.fin_acked = closed && socket->flags & OBSERVED_FIN_SENT,
		.error_pending = closed && socket->flags & OBSERVED_ERROR_PENDING,
	};
}

static struct kernel_facts by_sample_at_exit(const struct recorded_socket *row)
{
	bool reset = decide(row).kind == DECIDED_RESET_UNREAD;
	uint64_t heard_ns = decision_peer_ended_ns(row), fin_ns = reset ? 0 : heard_ns;

	return (struct kernel_facts){
		.state = row->tcp_state,
		.sampled_ns = row->sampled_ns,
		.fin_ns = fin_ns,
		.stuck_ns = fin_ns ? row->sampled_ns - fin_ns : 0,
		.quiet_ns = heard_ns ? row->sampled_ns - heard_ns : 0,
		.in_program = true,
		.multipath = row->kind == KIND_MPTCP,
		.receive_queue = row->receive_queue,
		.sends = row->last_sent_ms < row->quiet_ms,
		.has_sent = row->last_sent_ms != UINT32_MAX,
	};
}

/* The sample at exit goes on from the one before, SEEN, where that found the same state. */
static struct kernel_facts joined(const struct kernel_facts *seen,
				  const struct recorded_socket *row)
{
	struct kernel_facts facts = by_sample_at_exit(row);
	uint64_t stuck_ns;

	facts.has_sent |= seen->has_sent;
	facts.read_ns = kernel_facts_unread(&facts) < kernel_facts_unread(seen) ? row->sampled_ns
										: seen->read_ns;
	facts.unread_ns = seen->unread_ns;
	if (facts.state != seen->state)
		return facts;
	stuck_ns = nanoseconds_between(seen->sampled_ns - seen->stuck_ns, row->sampled_ns);
	if (stuck_ns > facts.stuck_ns)
		facts.stuck_ns = stuck_ns;
	if (!facts.fin_ns)
		facts.fin_ns = seen->fin_ns;
	facts.sent_ns = seen->sent_ns;
	facts.readiness = seen->readiness;
	facts.closed_seen = seen->closed_seen;
	facts.connected = seen->connected;
	facts.fin_acked = seen->fin_acked;
	facts.error_pending = seen->error_pending;
	return facts;
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

struct kernel_facts kernel_facts_of(const struct socket_life *life, const struct holding *holding)
{
	const struct observed_socket *socket = life_seen_in(life, holding->process);
	const struct recorded_socket *row = holding->row;
	struct kernel_facts facts = { 0 };

	if (socket && !(socket->flags & OBSERVED_GONE))
		facts = kernel_facts_by_sample(socket);
	if (row->sampled_ns > facts.sampled_ns && row->kind != KIND_UNIX &&
	    row->receive_queue != RECORDED_QUEUE_UNKNOWN)
		facts = joined(&facts, row);
	if (facts.readiness == EPOLL_UNKNOWN)
		facts.readiness = recorded_readiness(holding);
	/* A connection that was reset: no call had returned the error, by decide(). */
	if (!facts.closed_seen && decide(row).kind == DECIDED_RESET_UNREAD)
		facts.closed_seen = facts.connected = facts.error_pending = true;
	/* Out of these leads nothing but a close or a shutdown, which would be recorded. */
	if ((facts.state == KERNEL_CLOSE_WAIT || facts.connected) && holding->process->end_known)
		facts.unseen_ns = nanoseconds_between(facts.sampled_ns, holding->process->end_ns);
	facts.stuck_ns += facts.unseen_ns;
	return facts;
}
