/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/evidence.h"

#include "analyzer/base/clock.h"
#include "analyzer/kernel_view/kernel_sockets.h"
#include "analyzer/rules/ending.h"

enum stack_kind stack_kind_of(enum recorded_decision decision)
{
	switch (decision) {
	case DECIDED_ERROR:
		return STACK_ERROR;
	case DECIDED_SHUTDOWN:
		return STACK_SHUTDOWN;
	case DECIDED_CONNECT:
		return STACK_CONNECT;
	default:
		return STACK_EOF;
	}
}

static struct place place_at(const struct evidence *evidence, enum place_kind kind, uint32_t stack)
{
	return places_find(evidence->ending ? evidence->ending->lives : NULL, kind, stack);
}

struct place evidence_opened_place(const struct evidence *evidence)
{
	return place_at(evidence, PLACE_OPENED,
			evidence->holding ? evidence->holding->row->opened_stack
					  : evidence->stacks[STACK_OPENED].id);
}

struct place evidence_finished_place(const struct evidence *evidence)
{
	return place_at(evidence, PLACE_FINISHED, evidence->decision.stack);
}

/*
 * When a process was killed its end is known only from when that was seen, and it may have stood
 * still before: what it usually closes was on its way.
 */
static uint64_t unseen_ns(const struct evidence *evidence)
{
	struct place place;

	if (!evidence->process || evidence->process->state != PROCESS_KILLED)
		return 0;
	place = evidence_opened_place(evidence);
	return place_usually_closes(&place) ? evidence->kernel.unseen_ns : 0;
}

uint64_t evidence_stuck_ns(const struct evidence *evidence)
{
	uint64_t sampled_ns = evidence->kernel.sampled_ns;
	uint64_t ending_ns =
		nanoseconds_between(ending_begun_ns(evidence->ending, sampled_ns), sampled_ns);

	return nanoseconds_between(ending_ns + unseen_ns(evidence), evidence->kernel.stuck_ns);
}

uint32_t kernel_facts_unread(const struct kernel_facts *facts)
{
	uint32_t fin = facts->state == KERNEL_CLOSE_WAIT && !facts->multipath;

	return facts->receive_queue > fin ? facts->receive_queue - fin : 0;
}

uint32_t evidence_unread_bytes(const struct evidence *evidence)
{
	/* Asked when it was closed: later than any sample. */
	if (evidence->decision.kind == DECIDED_FIN_UNREAD && evidence->departing)
		return evidence->departing->departure->unread;
	return kernel_facts_unread(&evidence->kernel);
}
