/* SPDX-License-Identifier: MIT */
/* Conditions on a connection that waits in the queue of a listener. */
#include "analyzer/rules/conditions.h"

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/rules/ending.h"

static bool in_backlog(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->backlog.waits && !evidence->kernel.in_program;
}

const struct condition when_in_backlog = {
	.means = "it waits in the queue of a listener",
	.holds = in_backlog,
};

/* A program that closes its listener refuses what waits there, which is its right; so does
 * shutdown(). */
static bool listener_open(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->backlog.listener_open;
}

const struct condition when_listener_open = {
	.means = "the listener is open",
	.holds = listener_open,
};

/*
 * How long nothing was accepted while it waited, until the end of the process began. A queue that
 * moves comes to each connection in its turn.
 */
static uint64_t queue_stood_ns(const struct evidence *evidence)
{
	uint64_t sampled_ns = evidence->kernel.sampled_ns, waits_ns = evidence_stuck_ns(evidence);
	uint64_t stands_ns = nanoseconds_between(evidence->backlog.accepted_ns,
						 ending_begun_ns(evidence->ending, sampled_ns));

	return waits_ns < stands_ns ? waits_ns : stands_ns;
}

static bool queue_stands(const struct evidence *evidence, const struct judge_options *options)
{
	if (evidence->backlog.moves)
		return false;
	return !evidence->backlog.accepted_ns || queue_stood_ns(evidence) >= options->idle_ns;
}

static char *queue_stands_fact(const struct evidence *evidence, const struct judge_options *options)
{
	if (!evidence->backlog.accepted_ns)
		return allocate_text("nothing was ever accepted there");
	return allocate_printed("nothing was accepted there for %.0f ms (--idle: %.0f ms)",
				ns_to_ms(queue_stood_ns(evidence)), ns_to_ms(options->idle_ns));
}

const struct condition when_queue_stands = {
	.means = "nothing was accepted there for --idle or longer, or ever",
	.holds = queue_stands,
	.fact = queue_stands_fact,
};
