/* SPDX-License-Identifier: MIT */
/* Conditions on the close of a socket and on the end of its process. */
#include "analyzer/rules/conditions.h"

#include "analyzer/rules/total_count.h"

static bool closed_at_exit(const struct evidence *evidence, const struct judge_options *options)
{
	return evidence->closed_stack && options->closed_at_exit &&
	       options->closed_at_exit(options->close_context, evidence->process->recording,
				       evidence->closed_stack);
}

const struct condition when_closed_at_exit = {
	.means = "only the end of the program closed it",
	.holds = closed_at_exit,
};

/* From when it was stuck in the hands of the process alone until the last sample. */
static bool stuck_alone(const struct evidence *evidence, const struct judge_options *options)
{
	return nanoseconds_between(evidence->stuck_since_ns, evidence->kernel.sampled_ns) >=
	       options->min_held_ns;
}

const struct condition when_stuck_alone = {
	.means = "it was stuck for --min-held or longer, in the hands of that process alone",
	.holds = stuck_alone,
};

static bool closed_after_sample(const struct evidence *evidence,
				const struct judge_options *options)
{
	(void)options;
	return evidence->sighting && !evidence->holding && !evidence->departing &&
	       !evidence->total && evidence->kernel.in_program;
}

const struct condition when_closed_after_sample = {
	.means = "the process had the socket at the last sample, and has closed it since",
	.holds = closed_after_sample,
};

static bool some_held_long(const struct evidence *evidence, const struct judge_options *options)
{
	return evidence->total && total_count_held(evidence->total, options->min_held_ns) > 0;
}

const struct condition when_some_held_long = {
	.means = "it was held for --min-held or longer after that, by the statistics of closes",
	.holds = some_held_long,
};

static bool some_held_late(const struct evidence *evidence, const struct judge_options *options)
{
	return evidence->total && total_count_held(evidence->total, options->late_ns) > 0;
}

const struct condition when_some_held_late = {
	.means = "it was closed, but --late or more after that",
	.holds = some_held_late,
};
