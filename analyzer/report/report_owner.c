/* SPDX-License-Identifier: MIT */
#include "analyzer/report/report_owner.h"

#include <stdio.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/call_sites/site_in_stack.h"
#include "analyzer/report/report_stacks.h"
#include "analyzer/report/thread_waits.h"
#include "analyzer/rules/polling.h"

/* Where nobody did so far, the only thread of a process is meant: its number is the process'. */
static int32_t thread_or_only(const struct holding *holding, int32_t thread)
{
	return thread ? thread : holding->process->recording->header.pid;
}

static const struct observed_thread *thread_of(const struct leak *leak, bool *accepts, bool *polls)
{
	const struct holding *holding = leak->holder;
	const struct recorded_socket *row = holding ? holding->row : NULL;
	int32_t thread;

	*accepts = *polls = false;
	if (!holding || !holding->process->observation)
		return NULL;
	*polls = leak->reason == REASON_NOT_POLLED_SINCE;
	*accepts = !*polls && row->role == ROLE_LISTENER;
	if (*polls)
		thread = thread_or_only(holding, polling_of(leak->life, holding).thread);
	else if (*accepts)
		thread = thread_or_only(holding, row->accept_thread);
	else
		thread = row->touched_thread;
	return observation_thread(holding->process->observation, thread);
}

static struct report_owner *owner_of(const struct leak *leak)
{
	bool accepts, polls;
	const struct observed_thread *thread = thread_of(leak, &accepts, &polls);
	struct report_owner *owner;

	if (!thread || !thread->doing[0])
		return NULL;
	owner = allocate_zeroed(1, sizeof(*owner));
	owner->thread = thread->thread;
	owner->accepts = accepts;
	owner->accepted = accepts && leak->holder->row->accept_thread;
	owner->polls = polls;
	owner->for_ms = ns_to_ms(nanoseconds_between(
		thread->since_ns, leak->holder->process->observation->sampled_ns));
	snprintf(owner->doing, sizeof(owner->doing), "%s", thread->doing);
	return owner;
}

/* By the last sample of LEAK's process; NULL: unknown, or it has nothing to do with the leak. */
static struct backtrace *owner_stack(const struct leak *leak, const struct report_owner *owner,
				     struct backtraces *backtraces)
{
	const struct observed_thread *thread;
	bool accepts, polls;

	if (!owner || (!owner->accepts && !owner->polls))
		return NULL;
	thread = thread_of(leak, &accepts, &polls);
	return backtraces_intern_observed(backtraces, leak->holder->process->recording,
					  leak->holder->process->observation, thread);
}

/* Where what THREAD waits for is known to be a mutex, its words are. */
static void set_lock_holder(struct report *report, struct report_leak *shown,
			    const struct leak *leak, const struct own_globs *own)
{
	const struct observation *observation = leak->holder->process->observation;
	struct report_lock_holder *holder = &shown->lock_holder;
	const struct observed_thread *thread =
		observation_thread(observation, shown->owner->thread);
	struct backtrace *backtrace;

	if (!shown->waits_for || !thread_waits_for_mutex(shown->waits_for) || !thread)
		return;
	thread = observation_thread(observation, thread->lock_holder);
	if (!thread || !thread->doing[0])
		return;
	holder->thread = thread->thread;
	holder->waits = thread->thread == shown->owner->thread;
	snprintf(holder->doing, sizeof(holder->doing), "%s", thread->doing);
	backtrace = backtraces_intern_observed(report->backtraces, leak->holder->process->recording,
					       observation, thread);
	if (backtrace)
		backtrace_name(backtrace, report->symbolizer);
	lock_call_find(report->symbolizer, shown->thread_site, backtrace, &holder->lock);
	if (!backtrace)
		return;
	holder->site = site_in(report->call_sites->chooser, backtrace, leak);
	if (holder->site && !holder->site->function)
		holder->site = NULL;
	holder->caller = report_caller_of(&(struct report_stack){ .frames = backtrace->named,
								  .count = backtrace->named_count },
					  holder->site, leak, own);
}

void report_set_owner(struct report *report, struct report_leak *shown, const struct leak *leak,
		      const struct own_globs *own)
{
	struct backtrace *backtrace;
	const struct frame *site;

	if (leak->class != CLASS_FIN_UNREAD && leak->class != CLASS_NEVER_ACCEPTED)
		return;
	shown->owner = owner_of(leak);
	backtrace = owner_stack(leak, shown->owner, report->backtraces);
	if (!backtrace)
		return;
	backtrace_name(backtrace, report->symbolizer);
	site = site_in(report->call_sites->chooser, backtrace, leak);
	/*
	 * An interpreter's own code is often in no recorded stack, and then its module is not
	 * known: the recorder keeps the script's frames in its place.
	 */
	if (!site || !site->function)
		return;
	shown->thread_site = site;
	report_add_backtrace(shown, backtrace, site, STACK_THREAD);
	shown->thread_caller = report_caller_of(report_stack_named(shown, STACK_THREAD),
						shown->thread_site, leak, own);
	shown->waits_for =
		thread_waits_for(report_stack_named(shown, STACK_THREAD), report->symbolizer);
	set_lock_holder(report, shown, leak, own);
}
