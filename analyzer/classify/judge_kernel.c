/* SPDX-License-Identifier: MIT */
#include "analyzer/classify/judge_kernel.h"

#include "analyzer/classify/last_seen.h"

/*
 * Reset or given up by the kernel while the program did nothing with it; or the peer closed too,
 * after the program's shutdown() for writing. Of an accepted connection that was inherited by a
 * fork only the call tells that: in the kernel's count its FIN looks like the SYN of one that was
 * connected.
 */
static struct kernel_judgement judge_closed(const struct observed_socket *socket,
					    const struct recorded_socket *row)
{
	static const struct kernel_judgement nothing = { 0 }, shut_down = {
		.found = true, .class = CLASS_SHUTDOWN_UNCLOSED, .verdict = VERDICT_LEAK
	};

	/* Only the look at the exit found it closed. */
	if (!socket || socket->state != KERNEL_CLOSE)
		return row->shutdown_ns ? shut_down : nothing;
	if (!(socket->flags & OBSERVED_CONNECTED))
		return nothing;
	if (socket->flags & OBSERVED_FIN_SENT ||
	    (row->shutdown_ns && !(socket->flags & OBSERVED_ERROR_PENDING)))
		return shut_down;
	return (struct kernel_judgement){
		.found = true,
		.class = CLASS_ERROR_UNCLOSED,
		.verdict = socket->flags & OBSERVED_ERROR_PENDING ? VERDICT_NOTE : VERDICT_LEAK,
	};
}

static bool was_read_by_departed(const struct socket_life *life)
{
	size_t i;

	for (i = 0; i < life->departure_count; i++)
		if (life->departures[i].departure->eof_ns)
			return true;
	return false;
}

bool judge_undecided(const struct socket_life *life, const struct holding *holding,
		     const struct judge_options *options, struct leak *leak)
{
	struct last_seen seen = last_seen_of(life, holding);
	struct kernel_judgement judgement = { 0 };

	if (holding->handed_on || holding->row->role == ROLE_LISTENER)
		return false;
	/* A relative read the end and closed: judge_held_elsewhere had the say. */
	if (was_read_by_departed(life))
		return false;
	if (seen.stuck_ns < options->min_held_ns)
		return false;
	if (seen.state == KERNEL_CLOSE_WAIT)
		judgement = kernel_judge_close_wait(&seen.evidence);
	else if (seen.state == KERNEL_CLOSE)
		judgement = judge_closed(life_seen_in(life, holding->process), holding->row);
	if (!judgement.found)
		return false;
	leak->class = judgement.class;
	leak->reason = judgement.reason;
	leak->verdict = judgement.verdict;
	leak->holder = leak->history = holding;
	leak->sighting = life_sighting(life, holding->process);
	/* A shutdown() for writing alone decides nothing before the peer closes as well. */
	leak->deciding = judgement.class == CLASS_SHUTDOWN_UNCLOSED ? STACK_SHUTDOWN : STACK_OPENED;
	leak->read_unseen = judgement.class == CLASS_EOF_UNCLOSED;
	leak->until_ns = holding->process->end_ns > seen.sampled_ns ? holding->process->end_ns
								    : seen.sampled_ns;
	leak->decided_ns = nanoseconds_between(seen.stuck_ns, leak->until_ns);
	return true;
}

bool kernel_denies(const struct socket_life *life, const struct holding *holding,
		   uint64_t decided_ns, bool read_eof)
{
	const struct observation *observation = holding->process->observation;
	const struct observed_socket *socket = life_seen_in(life, holding->process);

	if (!observation || observation->sampled_ns <= decided_ns)
		return false;
	/* A look keeps all that were decided: this one was closed after the recording was read. */
	if (!socket)
		return holding->process->state == PROCESS_RUNNING && !observation->failure &&
		       life->name.cookie && holding->row->kind != KIND_UNIX;
	if (socket->flags & OBSERVED_GONE)
		return true;
	return read_eof && socket->state == KERNEL_ESTABLISHED;
}
