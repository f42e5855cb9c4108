/* SPDX-License-Identifier: MIT */
/* Conditions on what epoll has reported to the program. */
#include "analyzer/rules/conditions.h"

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/rules/polling.h"

static bool watched(const struct evidence *evidence)
{
	return evidence->kernel.readiness == EPOLL_REPORTED;
}

static bool unpolled(const struct evidence *evidence)
{
	return watched(evidence) && polling_ended_before_fin(evidence);
}

bool loop_is_behind(const struct evidence *evidence, const struct judge_options *options)
{
	struct place place;

	if (!polling_ended_before_fin(evidence) ||
	    nanoseconds_between(evidence->kernel.fin_ns, evidence->until_ns) >= options->idle_ns)
		return false;
	place = evidence_opened_place(evidence);
	return place_usually_closes(&place);
}

static bool is_behind(const struct evidence *evidence, const struct judge_options *options)
{
	return loop_is_behind(evidence, options);
}

static bool not_behind(const struct evidence *evidence, const struct judge_options *options)
{
	return !loop_is_behind(evidence, options);
}

static char *behind_fact(const struct evidence *evidence, const struct judge_options *options)
{
	const struct polling *polling = &evidence->polling;
	uint64_t fin_ns = evidence->kernel.fin_ns;

	(void)options;
	if (!polling->known || !fin_ns)
		return allocate_text("whether a loop has had the time to see its EOF is not known");
	if (polling->entered_ns > polling->returned_ns || polling->returned_ns >= fin_ns)
		return allocate_text("a loop has polled since the peer closed");
	return allocate_printed("no loop that may watch it has polled since the peer closed; the "
				"last did %.0f ms before",
				ns_to_ms(nanoseconds_between(polling->returned_ns, fin_ns)));
}

const struct condition when_loop_behind = {
	.means = "the loop that may watch it has not polled since the peer closed, less than "
		 "--idle ago, and nearly all others opened there are closed",
	.holds = is_behind,
	.fact = behind_fact,
};

const struct condition when_loop_not_behind = {
	.means = "a loop has polled since the peer closed or may have, the peer closed --idle ago "
		 "or longer, or more than a few others that were opened there are open",
	.holds = not_behind,
	.fact = behind_fact,
};

static bool not_polled_since(const struct evidence *evidence, const struct judge_options *options)
{
	return unpolled(evidence) && !loop_is_behind(evidence, options);
}

static char *polling_fact(const struct evidence *evidence, const struct judge_options *options)
{
	const struct polling *polling = &evidence->polling;

	(void)options;
	if (!polling->known)
		return allocate_text("it is not known which thread polls its epoll descriptor");
	if (!polling->returned_ns)
		return allocate_printed("no thread ever polled epoll descriptor %d",
					polling->epoll);
	return allocate_printed(
		"thread %d polled epoll descriptor %d last, %.0f ms before the peer closed%s%s",
		polling->thread, polling->epoll,
		ns_to_ms(nanoseconds_between(polling->returned_ns, evidence->kernel.fin_ns)),
		polling->doing ? ", and " : "", polling->doing ? polling->doing : "");
}

const struct condition when_not_polled_since = {
	.means = "epoll watches it for its EOF, but has not been polled since the peer "
		 "closed, for --idle or longer where nearly all others are closed",
	.holds = not_polled_since,
	.fact = polling_fact,
};

static bool reported(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return watched(evidence) && !unpolled(evidence);
}

const struct condition when_reported = {
	.means = "epoll watches it for its EOF, and has reported it",
	.holds = reported,
};

static bool not_stuck(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return !unpolled(evidence);
}

const struct condition when_loop_not_stalled = {
	.means = "no loop that watches it is known to have stopped polling before the peer closed",
	.holds = not_stuck,
};
