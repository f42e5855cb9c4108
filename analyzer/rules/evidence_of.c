/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/evidence_of.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/rules/closes.h"
#include "analyzer/rules/evidence_of_holding.h"
#include "analyzer/rules/evidence_of_sighting.h"

static struct stack_ref stack_in(const struct process *process, uint32_t id)
{
	return (struct stack_ref){ id ? process->recording : NULL, id };
}

static struct evidence *add(struct evidences *evidences, const struct socket_life *life)
{
	struct evidence *next = allocate_next(&evidences->list, evidences->count, sizeof(*next));

	evidences->count++;
	next->life = life;
	return next;
}

static const struct ending *ending_of(const struct evidence_sources *sources,
				      const struct process *process)
{
	return &sources->endings[process - sources->recordings->list];
}

/* What PROCESS closed it knew of: a sample adds nothing to that. */
static bool is_decided_in(const struct socket_life *life, const struct process *process)
{
	size_t i;

	for (i = 0; i < life->departure_count; i++)
		if (life->departures[i].process == process &&
		    life->departures[i].departure->decision != DECIDED_NOT)
			return true;
	return false;
}

/*
 * The kernel alone knows of it: no recording does, not even one that was read later. A row may be
 * stored a moment after the call, so it takes two samples, where calls are recorded at all.
 */
static bool is_unrecorded(const struct socket_life *life, const struct sighting *sighting)
{
	return !life->holding_count && !life->departure_count &&
	       sighting->socket->origin != OBSERVED_UNRECORDED_SHARED &&
	       (sighting->process->observation->is_go ||
		sighting->process->recording->is_stand_in ||
		sighting->socket->since_ns < sighting->socket->sampled_ns);
}

void evidences_of_life(struct evidences *evidences, const struct socket_life *life,
		       const struct evidence_sources *sources)
{
	size_t i;

	evidences->count = 0;
	for (i = 0; i < life->holding_count; i++)
		evidence_fill_holding(add(evidences, life), &life->holdings[i]);
	for (i = 0; i < life->departure_count; i++)
		if (!life_is_held_by(life, life->departures[i].process))
			evidence_fill_departing(add(evidences, life), &life->departures[i]);
	for (i = 0; i < life->sighting_count; i++)
		if (life->sightings[i].socket->origin != OBSERVED_BY_RECORDING) {
			if (is_unrecorded(life, &life->sightings[i]))
				evidence_fill_unrecorded(add(evidences, life), &life->sightings[i]);
		} else if (!life_is_held_by(life, life->sightings[i].process) &&
			   !is_decided_in(life, life->sightings[i].process))
			evidence_fill_sighting(add(evidences, life), &life->sightings[i],
					       sources->options);
	for (i = 0; i < evidences->count; i++)
		evidences->list[i].ending = ending_of(sources, evidences->list[i].process);
}

void evidences_clear(struct evidences *evidences)
{
	free(evidences->list);
	*evidences = (struct evidences){ 0 };
}

struct evidence evidence_of_total(const struct process *process, const struct recorded_total *total,
				  const struct closes *closes)
{
	struct closes_known known = closes_of(closes, process->recording, total);
	struct evidence evidence = {
		.process = process,
		.total = total,
		.known_slow = known.slow,
		.known_late = known.late,
		.known_spun = known.spun,
		.decision = { .kind = total->decision, .stack = total->decided_stack },
		.held_until_ns = process->end_ns,
		.end_known = process->end_known,
		.running = process->state == PROCESS_RUNNING,
		.closed_stack = total->closed_stack,
	};

	evidence.stacks[stack_kind_of(total->decision)] = stack_in(process, total->decided_stack);
	evidence.stacks[STACK_OPENED] = stack_in(process, total->opened_stack);
	evidence.stacks[STACK_CLOSED] = stack_in(process, total->closed_stack);
	return evidence;
}
