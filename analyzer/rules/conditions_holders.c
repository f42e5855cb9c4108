/* SPDX-License-Identifier: MIT */
/* Conditions on who else has, or had, the socket. */
#include "analyzer/rules/conditions.h"

#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/kernel_view/kernel_sockets.h"
#include "analyzer/rules/sends_after_end.h"

/*
 * Ending is how a handler of one connection closes it, whether it was forked, started or passed
 * it. A daemon is none: it goes on in the place of the process that had opened the socket. Nor is
 * one that is passed connection after connection.
 */
static bool closes_by_ending(const struct evidence *evidence, const struct judge_options *options)
{
	const struct origin *origin = &evidence->origin;

	return origin->inherited && evidence->ended_by_itself &&
	       (!origin->passed || origin->only_connection) &&
	       origin->owner_left_ns >= options->min_held_ns;
}

static bool answers(const struct evidence *evidence, const struct judge_options *options)
{
	return !closes_by_ending(evidence, options) && !evidence->origin.closed_later;
}

const struct condition when_answers = {
	.means = "the process did not inherit it, or did not exit on its own (which would "
		 "close it), and no process that it got the socket from closed it later",
	.holds = answers,
};

static bool kept_last(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return !evidence->origin.closed_later;
}

const struct condition when_kept_last = {
	.means = "no process that it got the socket from closed it later",
	.holds = kept_last,
};

static bool kept_unknowing(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->holding && !evidence->handed_on && !evidence->read_eof;
}

const struct condition when_kept_unknowing = {
	.means = "a process has the socket open and has not read EOF from it",
	.holds = kept_unknowing,
};

/* Handed over: whoever accepts for a handler closes its own descriptor at once. */
static bool was_handed_over(const struct evidence *evidence, const struct judge_options *options)
{
	const struct holding *holding = evidence->holding;
	uint64_t closed_ns = evidence->other.finished_ns;
	size_t i;

	if (closed_ns > evidence->origin.since_ns + options->min_held_ns)
		return false;
	/* A program is given a connection as its standard input or output. */
	for (i = 0; i < holding->fd_count; i++)
		if (holding->fds[i] <= STDERR_FILENO)
			return true;
	return holding->row->source != SOURCE_EXEC;
}

/* A reset answers the close: both are no older than the last segment. */
static uint64_t over_ns(const struct evidence *evidence)
{
	const struct kernel_facts *kernel = &evidence->kernel;

	return kernel->stuck_ns > kernel->quiet_ns ? kernel->stuck_ns : kernel->quiet_ns;
}

/*
 * Nobody read an EOF, but the kernel has one for the process that has the socket from the one that
 * closed it: that is left with it, unless it has sent something since, which shows that it serves
 * the connection.
 */
static bool is_left_with_end(const struct evidence *evidence, const struct judge_options *options)
{
	const struct finisher *other = &evidence->other;

	return other->departing && other->gave && evidence->origin.inherited &&
	       !evidence->read_by_relative && !was_handed_over(evidence, options) &&
	       when_over.holds(evidence, options) && over_ns(evidence) >= options->min_held_ns &&
	       evidence->last_sent_ns <= other->finished_ns + KERNEL_TICK_NS;
}

static bool other_finished(const struct evidence *evidence, const struct judge_options *options)
{
	const struct finisher *other = &evidence->other;

	return other->process && (other->read_eof || is_left_with_end(evidence, options));
}

static char *other_fact(const struct evidence *evidence, const struct judge_options *options)
{
	const struct finisher *other = &evidence->other;

	(void)options;
	return allocate_printed("pid %d %s%s", other->process->recording->header.pid,
				other->read_eof ? "read EOF and " : "",
				other->departing ? "closed the socket"
						 : "ended with the socket open");
}

const struct condition when_other_finished = {
	.means = "another process was finished with it: it read EOF, or closed it and the "
		 "peer has closed or reset it, and nothing has been sent since",
	.holds = other_finished,
	.fact = other_fact,
};

static bool other_ended_with_it(const struct evidence *evidence,
				const struct judge_options *options)
{
	(void)options;
	return evidence->other.holding && evidence->other.read_eof;
}

const struct condition when_other_ended_with_it = {
	.means = "another process read EOF and ended with the socket open",
	.holds = other_ended_with_it,
	.fact = other_fact,
};

/* How long the process had it alone after the other was finished with it: not before its birth. */
static uint64_t outlasted_ns(const struct evidence *evidence)
{
	uint64_t since_ns = evidence->other.finished_ns;

	if (since_ns < evidence->held_since_ns)
		since_ns = evidence->held_since_ns;
	return nanoseconds_between(since_ns, evidence->held_until_ns);
}

/* Two unknown ends are taken for one: a whole tree was killed. */
static bool ended_together(const struct evidence *evidence)
{
	const struct process *other = evidence->other.process;

	return !evidence->end_known && other->state == PROCESS_KILLED && !other->end_known;
}

/* Killed when it was about to close it, as it closes nearly all that it opens there. */
static bool was_in_flight(const struct evidence *evidence)
{
	struct place place;

	if (evidence->end_known || evidence->origin.inherited)
		return false;
	place = evidence_opened_place(evidence);
	return place_usually_closes(&place);
}

static bool outlasts_other(const struct evidence *evidence, const struct judge_options *options)
{
	if (outlasted_ns(evidence) >= options->min_held_ns)
		return true;
	if (was_in_flight(evidence))
		return false;
	return ended_together(evidence) || (!evidence->end_known && !evidence->origin.inherited);
}

static char *outlasts_fact(const struct evidence *evidence, const struct judge_options *options)
{
	int pid = evidence->process->recording->header.pid;

	if (outlasted_ns(evidence) < options->min_held_ns)
		return allocate_printed("when pid %d ended is unknown", pid);
	return allocate_printed("pid %d held it for %.0f ms after that (--min-held: %.0f ms)", pid,
				ns_to_ms(outlasted_ns(evidence)), ns_to_ms(options->min_held_ns));
}

const struct condition when_outlasts_other = {
	.means = "it holds the socket for --min-held or longer after that",
	.holds = outlasts_other,
	.fact = outlasts_fact,
};

static bool may_outlast_other(const struct evidence *evidence, const struct judge_options *options)
{
	return !evidence->end_known && !outlasts_other(evidence, options);
}

const struct condition when_may_outlast_other = {
	.means = "it was killed, and when is unknown: it may have held the socket after that",
	.holds = may_outlast_other,
};

/* Where such a child ends by itself and the other goes on, nothing is held in the end. */
static bool not_for_a_task(const struct evidence *evidence, const struct judge_options *options)
{
	return evidence->outlived_ns == 0 || evidence->outlived_ns < options->min_held_ns;
}

const struct condition when_not_for_a_task = {
	.means = "it is no short-lived child that exited on its own",
	.holds = not_for_a_task,
};

static bool holder_is_parent(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->other.descends;
}

const struct condition when_holder_is_parent = {
	.means = "the other process got it from the holder, by fork or exec",
	.holds = holder_is_parent,
};

static bool holder_execed(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->holding->row->source == SOURCE_EXEC;
}

const struct condition when_holder_execed = {
	.means = "the holder inherited it by exec: it was not close-on-exec",
	.holds = holder_execed,
};

static bool holder_forked(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->holding->row->source == SOURCE_FORK;
}

const struct condition when_holder_forked = {
	.means = "the holder inherited it by fork",
	.holds = holder_forked,
};

static bool holder_received_it(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->holding->row->source == SOURCE_PASSED;
}

const struct condition when_holder_received_it = {
	.means = "the holder received it (SCM_RIGHTS)",
	.holds = holder_received_it,
};

static bool outsider(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->outsider != OUTSIDER_NONE;
}

const struct condition when_outsider = {
	.means = "all recorded processes have closed it, and the kernel still has it",
	.holds = outsider,
};

static bool outsider_is_child(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->outsider == OUTSIDER_CHILD;
}

const struct condition when_outsider_is_child = {
	.means = "a child that was not recorded holds it",
	.holds = outsider_is_child,
};

static bool outsider_is_program(const struct evidence *evidence,
				const struct judge_options *options)
{
	(void)options;
	return evidence->outsider == OUTSIDER_OTHER;
}

const struct condition when_outsider_is_program = {
	.means = "a program that was not recorded holds it",
	.holds = outsider_is_program,
};

static bool outsider_is_ring(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->outsider == OUTSIDER_RING;
}

const struct condition when_outsider_is_ring = {
	.means = "io_uring holds it",
	.holds = outsider_is_ring,
};

/* Who has sent something since the close serves the connection, for as long as the peer does. */
static bool held_after_close(const struct evidence *evidence, const struct judge_options *options)
{
	const struct kernel_facts *kernel = &evidence->kernel;

	return kernel->sent_ns <= evidence->closed_ns && kernel->stuck_ns >= options->min_held_ns &&
	       nanoseconds_between(evidence->closed_ns, kernel->sampled_ns) >= options->min_held_ns;
}

const struct condition when_held_after_close = {
	.means = "it stayed so for --min-held or longer after the close, and nothing was "
		 "sent in that time",
	.holds = held_after_close,
};

static bool others_done(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->others_done;
}

const struct condition when_others_done = {
	.means = "no other process holds it any more",
	.holds = others_done,
};

static bool relative_read_end(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->other.read_eof;
}

const struct condition when_relative_read_end = {
	.means = "another process read EOF",
	.holds = relative_read_end,
};

static bool no_relative_read_end(const struct evidence *evidence,
				 const struct judge_options *options)
{
	(void)options;
	return !evidence->other.read_eof;
}

const struct condition when_no_relative_read_end = {
	.means = "no other process read EOF",
	.holds = no_relative_read_end,
};
