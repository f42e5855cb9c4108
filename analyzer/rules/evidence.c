/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/evidence.h"

#include "analyzer/kernel_view/kernel_sockets.h"

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
