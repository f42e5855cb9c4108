/* SPDX-License-Identifier: MIT */
#include "analyzer/launch/launch_observe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/observer/observer.h"

/* Short-lived programs are sampled too: the first period is divided into so many. */
#define FIRST_SAMPLES 16

/* Samples of very many sockets cost CPU time: they get at most this fraction of one core... */
#define SAMPLE_SHARE 10

/* ... and this one at first, when the program may end soon. */
#define FIRST_SAMPLE_SHARE 4

/* Without samples of the kernel's sockets: processes without a recording are searched all the same.
 */
#define FAMILY_PERIOD_NS NS_PER_S

/* The kernel's are fewer. */
#define ERRNOS 256

struct launch_observe {
	struct process_watch *watch;
	struct family *family;
	struct observer *observer;
	uint64_t period_ns, step_ns, due_ns;
	unsigned int first_samples; /* taken in the first period */
	bool reported[ERRNOS];      /* by errno: why an observation could not be written */
};

struct launch_observe *launch_observe_begin(struct process_watch *watch, struct family *family,
					    uint64_t period_ns)
{
	struct launch_observe *observe = allocate_zeroed(1, sizeof(*observe));

	observe->watch = watch;
	observe->family = family;
	if (period_ns)
		observe->observer = observer_new();
	observe->period_ns = period_ns ? period_ns : FAMILY_PERIOD_NS;
	observe->step_ns = observe->period_ns / FIRST_SAMPLES;
	observe->due_ns = clock_ns(CLOCK_MONOTONIC) + observe->step_ns;
	return observe;
}

void launch_observe_end(struct launch_observe *observe)
{
	if (!observe)
		return;
	observer_free(observe->observer);
	free(observe);
}

bool launch_observe_asks_kernel(const struct launch_observe *observe)
{
	return observe && observe->observer;
}

int launch_observe_due_ms(const struct launch_observe *observe)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC), left;

	if (observe->due_ns <= now)
		return 0;
	left = (observe->due_ns - now + NS_PER_MS - 1) / NS_PER_MS;
	return left < 3600000 ? (int)left : 3600000;
}

/* After a sample that took COST_NS of CPU time. */
static void set_due(struct launch_observe *observe, uint64_t cost_ns)
{
	uint64_t pause_ns;

	if (++observe->first_samples > FIRST_SAMPLES && observe->step_ns < observe->period_ns)
		observe->step_ns *= 2;
	/* Short-lived programs without a recorder show in samples only. */
	if (family_is_fresh(observe->family) &&
	    observe->step_ns > observe->period_ns / FIRST_SAMPLES)
		observe->step_ns = observe->period_ns / FIRST_SAMPLES;
	pause_ns = cost_ns *
		   (observe->first_samples <= FIRST_SAMPLES ? FIRST_SAMPLE_SHARE : SAMPLE_SHARE);
	observe->due_ns = clock_ns(CLOCK_MONOTONIC) +
			  (pause_ns > observe->step_ns ? pause_ns : observe->step_ns);
}

/* Recorded processes first: what they opened is theirs. */
static struct observed_program *all_running(const struct launch_observe *observe, size_t *count)
{
	size_t recorded, others;
	struct observed_program *programs = process_watch_running(observe->watch, &recorded),
				*unrecorded = family_running(observe->family, &others), *all;

	*count = recorded + others;
	all = allocate_zeroed(*count + 1, sizeof(*all));
	memcpy(all, programs, recorded * sizeof(*all));
	memcpy(all + recorded, unrecorded, others * sizeof(*all));
	free(programs);
	free(unrecorded);
	return all;
}

/* Once for each reason: that nothing failed may mean that there was nothing to write. */
static void report_failure(struct launch_observe *observe, int failure)
{
	if (!failure || observe->reported[failure % ERRNOS])
		return;
	observe->reported[failure % ERRNOS] = true;
	fprintf(stderr, "finleak: cannot write what the kernel shows beside the recordings: %s\n",
		strerror(failure));
}

static void take_sample(struct launch_observe *observe, bool thorough)
{
	uint64_t before = clock_ns(CLOCK_PROCESS_CPUTIME_ID), cost_ns;
	struct observed_program *programs;
	size_t count;

	family_sample(observe->family, observe->watch);
	if (!observe->observer) {
		set_due(observe, clock_ns(CLOCK_PROCESS_CPUTIME_ID) - before);
		return;
	}
	programs = all_running(observe, &count);
	cost_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - before;
	observer_sample(observe->observer, programs, count, thorough);
	cost_ns += observer_cost_ns(observe->observer);
	before = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	observed_programs_free(programs, count);
	report_failure(observe, observer_keep(observe->observer));
	cost_ns += clock_ns(CLOCK_PROCESS_CPUTIME_ID) - before;
	set_due(observe, cost_ns);
}

void launch_observe_if_due(struct launch_observe *observe)
{
	if (clock_ns(CLOCK_MONOTONIC) >= observe->due_ns)
		take_sample(observe, false);
}

void launch_observe_now(struct launch_observe *observe)
{
	take_sample(observe, true);
}
