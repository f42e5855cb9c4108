/* SPDX-License-Identifier: MIT */
/*
 * What --strict counts: a program that ends by itself had the time to close what it knew to be
 * finished, and a gate must not depend on how fast the machine is.
 */
#include "analyzer/rules/conditions.h"

#include "analyzer/base/clock.h"
#include "analyzer/rules/total_left.h"

/* A process that was asked to end may have been stopped in the middle of closing. */
#define SIGNAL_ENDS_NS (60 * NS_PER_S)

static bool is_strict(const struct evidence *evidence, const struct judge_options *options)
{
	(void)evidence;
	return options->strict;
}

const struct condition when_strict = {
	.means = "--strict counts every finished socket, however briefly it was held",
	.holds = is_strict,
};

/* A shutdown() finishes nothing by itself: a program that ends right after it may be about to. */
static bool learned_of_the_end(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->decision.kind == DECIDED_EOF || evidence->decision.kind == DECIDED_ERROR ||
	       evidence->decision.kind == DECIDED_CONNECT;
}

const struct condition when_learned_of_the_end = {
	.means = "the program read EOF, or a call failed for good",
	.holds = learned_of_the_end,
};

/*
 * Of a total only the process is known: whoever was forked may have inherited it. What was open
 * when a program started has no stack where it was opened.
 */
static bool is_own(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	if (evidence->holding)
		return evidence->holding->row->source == SOURCE_SOCKET ||
		       evidence->holding->row->source == SOURCE_ACCEPT ||
		       evidence->holding->row->source == SOURCE_PAIR;
	if (evidence->total && !evidence->total->opened_stack)
		return false;
	return evidence->process && evidence->process->recording->header.origin == ORIGIN_EXEC;
}

const struct condition when_own = {
	.means = "the process had opened or accepted it itself",
	.holds = is_own,
};

/* Whoever opens unseen may read unseen. */
static bool used_unseen(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->holding && (evidence->holding->row->source == SOURCE_ADOPTED ||
				     evidence_may_use_ring(evidence));
}

const struct condition when_used_unseen = {
	.means = "calls that were not recorded opened it, or io_uring may have read from it",
	.holds = used_unseen,
};

static bool ended_voluntarily(const struct evidence *evidence, const struct judge_options *options)
{
	const struct process *process = evidence_last_image(evidence);
	uint64_t signalled_ns = process->recording->header.signalled_ns;

	(void)options;
	return (process->state == PROCESS_EXITED || evidence->closed_by_exec) &&
	       (!signalled_ns ||
		nanoseconds_between(signalled_ns, process->end_ns) > SIGNAL_ENDS_NS);
}

const struct condition when_ended_voluntarily = {
	.means = "the program ended on its own: it returned from main, called exit(), or executed "
		 "another program, which closed it",
	.holds = ended_voluntarily,
};

static bool some_held_briefly(const struct evidence *evidence, const struct judge_options *options)
{
	return evidence->total && evidence->young && total_left_brief(evidence, options) > 0;
}

const struct condition when_some_held_briefly = {
	.means = "the counters kept for closed sockets show that it was held for less than "
		 "--min-held "
		 "after that",
	.holds = some_held_briefly,
};
