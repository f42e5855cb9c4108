/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/attach_loop.h"

#include <errno.h>
#include <poll.h>

#include "analyzer/attach/attach_event.h"
#include "analyzer/base/clock.h"

/* Sampling gets at most this fraction of one core. */
#define SAMPLE_SHARE 10

/* The first period is divided into so many. */
#define FIRST_SAMPLES 16

/* Samples further apart show nothing new. */
#define APART_MAX_NS (10 * NS_PER_S)

static int ms_until(uint64_t due_ns)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	if (due_ns <= now)
		return 0;
	return due_ns - now > ATTACH_READ_MS * NS_PER_MS ? ATTACH_READ_MS
							 : (int)((due_ns - now) / NS_PER_MS) + 1;
}

static void sample_if_due(struct attach_loop *loop)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC), pause_ns;

	if (!loop->observe_ns || now < loop->due_ns)
		return;
	/* The first time it is not due yet. */
	if (loop->due_ns)
		attach_session_sample(loop->session, false);
	if (!loop->step_ns)
		loop->step_ns = loop->observe_ns / FIRST_SAMPLES;
	else if (loop->step_ns < loop->observe_ns)
		loop->step_ns *= 2;
	pause_ns = attach_session_cost_ns(loop->session) * SAMPLE_SHARE;
	loop->due_ns = now + (pause_ns > loop->step_ns ? pause_ns : loop->step_ns);
}

bool attach_loop_run(struct attach_loop *loop, uint64_t until_ns, int stop)
{
	struct pollfd polled[] = {
		{ .fd = attach_session_fd(loop->session), .events = POLLIN },
		{ .fd = stop, .events = POLLIN },
	};

	while (clock_ns(CLOCK_MONOTONIC) < until_ns && attach_session_running(loop->session)) {
		uint64_t next_ns =
			loop->observe_ns && loop->due_ns < until_ns ? loop->due_ns : until_ns;

		if (poll(polled, 2, ms_until(next_ns)) < 0 && errno != EINTR)
			return false;
		attach_session_read(loop->session);
		if (polled[1].revents)
			return true;
		sample_if_due(loop);
	}
	return false;
}

void attach_loop_finish(struct attach_loop *loop)
{
	uint64_t apart_ns = loop->min_held_ns < APART_MAX_NS ? loop->min_held_ns : APART_MAX_NS;
	struct attach_loop pause = { .session = loop->session };

	attach_session_read(loop->session);
	if (!attach_session_running(loop->session))
		return;
	attach_session_sample(loop->session, true);
	attach_loop_run(&pause, clock_ns(CLOCK_MONOTONIC) + apart_ns, -1);
	attach_session_sample(loop->session, true);
	attach_session_read(loop->session);
}
