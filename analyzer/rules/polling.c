/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/polling.h"

#include <string.h>

#include "analyzer/base/clock.h"

/*
 * Calls are recorded by a clock of 4 ms, and the kernel gives the age of the last segment in ticks
 * of up to 10 ms: within this, which was first is not known.
 */
#define UNSURE_NS (16 * NS_PER_MS)

/* The epoll descriptor that watches it, by the kernel, else by the last epoll_ctl(); -1 none. */
static int32_t epoll_of(const struct observed_socket *seen, const struct recorded_socket *row)
{
	if (seen && seen->epoll >= 0)
		return seen->epoll;
	return row->epoll_interest & RECORDED_REGISTERED ? row->epoll : -1;
}

struct polling polling_of(const struct socket_life *life, const struct holding *holding)
{
	const struct recording *recording = holding->process->recording;
	const struct observed_poller *observed;
	struct polling polling = { .epoll = epoll_of(life_seen_in(life, holding->process),
						     holding->row) };

	/* An older recorder did not note who polls. */
	if (polling.epoll < 0 || recording->header.section_count <= SECTION_POLLERS)
		return polling;
	/* A row beyond the table was never written. */
	if ((size_t)polling.epoll < recording->poller_count) {
		const struct recorded_poller *poller = &recording->pollers[polling.epoll];

		polling.entered_ns = poller->entered_ns;
		polling.returned_ns = poller->returned_ns;
		polling.thread = poller->thread;
	}
	/* A thread may wait since before it was attached to: that call was not recorded. */
	polling.known = polling.entered_ns || recording->header.origin != ORIGIN_ATTACHED;
	observed = observation_poller(holding->process->observation, polling.epoll);
	/* What it was doing before it polled once more does not count. */
	if (observed && observed->entered_ns == polling.entered_ns && observed->doing[0])
		polling.doing = observed->doing;
	return polling;
}

struct polling polling_of_loop(const struct recording *recording)
{
	const struct recorded_poller *poller = &recording->header.polled;

	return (struct polling){
		/* One that waits now would be woken, or does not have it among the others. */
		.known = poller->entered_ns != 0 && !poller->waits,
		.epoll = -1,
		.entered_ns = poller->entered_ns,
		.returned_ns = poller->returned_ns,
		.thread = poller->thread,
	};
}

struct polling polling_of_departure(const struct process *process,
				    const struct recorded_departure *departure)
{
	const struct recording *recording = process->recording;
	const struct recorded_poller *poller = recording->last_poller;

	if (!departure->watch_stack)
		return polling_of_loop(recording);
	if (!poller)
		return (struct polling){ .epoll = -1 };
	return (struct polling){
		.epoll = -1,
		.known = true,
		.entered_ns = poller->entered_ns,
		.returned_ns = poller->returned_ns,
		.thread = poller->thread,
	};
}

#define SLEEPS_IN "sleeps in "

bool waits_for_events(const char *doing)
{
	static const char *const calls[] = { "epoll_", "poll", "ppoll", "select", "pselect" };
	size_t i;

	if (strncmp(doing, SLEEPS_IN, strlen(SLEEPS_IN)) != 0)
		return false;
	doing += strlen(SLEEPS_IN);
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strncmp(doing, calls[i], strlen(calls[i])) == 0)
			return true;
	return false;
}

/*
 * Does it sleep in anything but a wait for events? A thread that runs may do so because of an
 * event, or because the program ends. An epoll descriptor can itself be watched by poll() or by
 * another one.
 */
static bool sleeps_elsewhere(const char *doing)
{
	return strncmp(doing, SLEEPS_IN, strlen(SLEEPS_IN)) == 0 && !waits_for_events(doing);
}

bool polling_ended_before_fin(const struct evidence *evidence)
{
	const struct polling *polling = &evidence->polling;
	uint64_t fin_ns = evidence->kernel.fin_ns;

	if (!polling->known || !fin_ns || polling->entered_ns > polling->returned_ns)
		return false;
	if (polling->returned_ns + UNSURE_NS < fin_ns)
		return true;
	return polling->returned_ns < fin_ns + UNSURE_NS && polling->doing &&
	       sleeps_elsewhere(polling->doing);
}
