/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/evidence.h"

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
