/* SPDX-License-Identifier: MIT */
#include "analyzer/classify/left_behind.h"

#include "analyzer/classify/births.h"

/* The one of OBSERVATION's outside holders to tell of COOKIE: a program goes before a ring. */
static const struct observed_holder *outsider_of(const struct observation *observation,
						 uint64_t cookie)
{
	size_t i;

	for (i = 0; i < observation->holder_count; i++)
		if (observation->holders[i].cookie == cookie)
			return &observation->holders[i];
	return NULL;
}

static enum leak_reason outside_reason(const struct observation *observation,
				       const struct observed_holder *outsider)
{
	if (outsider && !outsider->is_ring)
		return outsider->is_child ? REASON_EXEC_CHILD : REASON_PASSED;
	/* Not every kernel tells what a ring holds; what is in nobody's hands is in a ring's. */
	return outsider || observation->rings ? REASON_IO_URING : REASON_NONE;
}

bool judge_left_behind(const struct socket_life *life, const struct judge_options *options,
		       struct leak *leak)
{
	const struct departing *departing = life->departures;
	const struct recorded_departure *departure;
	const struct observed_holder *outsider;
	const struct recorded_birth *birth;
	const struct sighting *sighting;
	const struct recording *recording;

	if (life->holding_count || !life->departure_count)
		return false;
	sighting = life_sighting(life, departing->process);
	departure = departing->departure;
	if (!sighting || sighting->socket->flags & OBSERVED_CLOSED ||
	    sighting->socket->state != KERNEL_CLOSE_WAIT ||
	    sighting->socket->sent_ns > departure->closed_ns)
		return false;
	if (nanoseconds_between(departure->closed_ns, sighting->socket->sampled_ns) <
	    options->min_held_ns)
		return false;
	recording = departing->process->recording;
	outsider = outsider_of(departing->process->observation, life->name.cookie);
	leak->class = CLASS_HELD_ELSEWHERE;
	leak->verdict = VERDICT_LEAK;
	leak->reason = outside_reason(departing->process->observation, outsider);
	leak->departing = departing;
	leak->sighting = sighting;
	leak->decided_ns = departure->closed_ns;
	leak->until_ns = sighting->socket->sampled_ns;
	leak->stacks[STACK_CLOSED] = (struct stack_ref){ recording, departure->closed_stack };
	leak->stacks[STACK_EOF] = (struct stack_ref){ recording, departure->eof_stack };
	leak->deciding = STACK_OPENED;
	if (leak->reason != REASON_EXEC_CHILD)
		return true;
	birth = births_find(recording, outsider->pid, UINT64_MAX);
	if (!birth)
		birth = births_find(recording, 0, departure->closed_ns);
	if (birth) {
		leak->stacks[STACK_EXECED] = (struct stack_ref){ recording, birth->stack };
		leak->deciding = STACK_EXECED;
	}
	return true;
}
