/* SPDX-License-Identifier: MIT */
/* Conditions on who else has, or had, the socket. */
#include "analyzer/rules/conditions.h"

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/kernel_view/kernel_sockets.h"

static bool kept_unknowing(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->holding && !evidence->handed_on && !evidence->read_eof;
}

const struct condition when_kept_unknowing = {
	.means = "a process has the socket open and has not read its end",
	.holds = kept_unknowing,
};

/* When was sent last in the holder's process, by the last sample there? */
static uint64_t last_sent_ns(const struct evidence *evidence, uint64_t *sampled_ns, uint8_t *state)
{
	const struct observed_socket *socket =
		evidence->sighting ? evidence->sighting->socket : NULL;
	const struct recorded_socket *row = evidence->holding->row;

	if (row->looked_ns && (!socket || row->looked_ns > socket->sampled_ns)) {
		*sampled_ns = row->looked_ns;
		*state = row->tcp_state;
		return nanoseconds_between((uint64_t)row->last_sent_ms * NS_PER_MS, row->looked_ns);
	}
	*sampled_ns = socket ? socket->sampled_ns : 0;
	*state = socket ? socket->state : 0;
	return socket ? socket->sent_ns : 0;
}

/*
 * The one that closed read no EOF, but the kernel has one for the child that inherited: the child
 * is left with it, unless it has sent something since, which says that it serves the connection.
 */
static bool is_left_in_close_wait(const struct evidence *evidence,
				  const struct judge_options *options)
{
	const struct finisher *other = &evidence->other;
	const struct process *parent = other->process->parent;
	uint8_t source = evidence->holding->row->source, state;
	uint64_t sampled_ns, sent_ns = last_sent_ns(evidence, &sampled_ns, &state);

	if (!other->departing || state != KERNEL_CLOSE_WAIT)
		return false;
	if (source != SOURCE_FORK && source != SOURCE_EXEC && source != SOURCE_PASSED)
		return false;
	if (parent && parent->recording->header.pid == evidence->process->recording->header.pid)
		return false;
	if (nanoseconds_between(other->finished_ns, sampled_ns) < options->min_held_ns)
		return false;
	return sent_ns <= other->finished_ns;
}

static bool other_finished(const struct evidence *evidence, const struct judge_options *options)
{
	const struct finisher *other = &evidence->other;

	return other->process && (other->read_eof || is_left_in_close_wait(evidence, options));
}

static char *other_fact(const struct evidence *evidence, const struct judge_options *options)
{
	const struct finisher *other = &evidence->other;

	(void)options;
	return allocate_printed("pid %d %s%s", other->process->recording->header.pid,
				other->read_eof ? "read the end of stream and " : "",
				other->departing ? "closed the socket"
						 : "ended with the socket open");
}

const struct condition when_other_finished = {
	.means = "another process was finished with it: it read the end of stream, or closed it "
		 "and left it in CLOSE_WAIT, and nothing was sent since",
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
	.means = "another process read the end of stream and ended with the socket open",
	.holds = other_ended_with_it,
	.fact = other_fact,
};

static bool outlasts_other(const struct evidence *evidence, const struct judge_options *options)
{
	return !evidence->end_known ||
	       nanoseconds_between(evidence->other.finished_ns, evidence->held_until_ns) >=
		       options->min_held_ns;
}

static char *outlasts_fact(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return allocate_printed("pid %d held it for %.0f ms after that",
				evidence->process->recording->header.pid,
				ns_to_ms(nanoseconds_between(evidence->other.finished_ns,
							     evidence->held_until_ns)));
}

const struct condition when_outlasts_other = {
	.means = "it holds the socket for --min-held or longer after that",
	.holds = outlasts_other,
	.fact = outlasts_fact,
};

/* Where such a child ends by itself and the other goes on, nothing is held in the end. */
static bool not_for_a_task(const struct evidence *evidence, const struct judge_options *options)
{
	return evidence->outlived_ns == 0 || evidence->outlived_ns < options->min_held_ns;
}

const struct condition when_not_for_a_task = {
	.means = "it is no child that was forked for a task and ended by itself",
	.holds = not_for_a_task,
};

static bool holder_is_parent(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->other.descends;
}

const struct condition when_holder_is_parent = {
	.means = "the other got it from the holder, by fork or exec",
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

/* Who has sent something since the close serves the connection. */
static bool held_after_close(const struct evidence *evidence, const struct judge_options *options)
{
	return evidence->kernel.sent_ns <= evidence->closed_ns &&
	       nanoseconds_between(evidence->closed_ns, evidence->kernel.sampled_ns) >=
		       options->min_held_ns;
}

const struct condition when_held_after_close = {
	.means = "it stayed so for --min-held or longer after the close, and nothing was sent",
	.holds = held_after_close,
};

static bool others_done(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->others_done;
}

const struct condition when_others_done = {
	.means = "nobody else holds it any more",
	.holds = others_done,
};

static bool relative_read_end(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->other.read_eof;
}

const struct condition when_relative_read_end = {
	.means = "another process read the end of stream",
	.holds = relative_read_end,
};

static bool no_relative_read_end(const struct evidence *evidence,
				 const struct judge_options *options)
{
	(void)options;
	return !evidence->other.read_eof;
}

const struct condition when_no_relative_read_end = {
	.means = "no other process read the end of stream",
	.holds = no_relative_read_end,
};
