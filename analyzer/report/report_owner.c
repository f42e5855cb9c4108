/* SPDX-License-Identifier: MIT */
#include "analyzer/report/report_owner.h"

#include <stdio.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"

struct report_owner *report_owner_of(const struct leak *leak)
{
	const struct holding *holding = leak->holder;
	const struct observed_thread *thread;
	const struct observation *observation;
	struct report_owner *owner;

	if (!holding || !holding->process->observation)
		return NULL;
	observation = holding->process->observation;
	thread = observation_thread(observation, holding->row->role == ROLE_LISTENER
							 ? holding->row->accept_thread
							 : holding->row->touched_thread);
	if (!thread || !thread->doing[0])
		return NULL;
	owner = allocate_zeroed(1, sizeof(*owner));
	owner->thread = thread->thread;
	owner->accepts = holding->row->role == ROLE_LISTENER;
	owner->for_ms = ns_to_ms(nanoseconds_between(thread->since_ns, observation->sampled_ns));
	snprintf(owner->doing, sizeof(owner->doing), "%s", thread->doing);
	return owner;
}
