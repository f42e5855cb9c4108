/* SPDX-License-Identifier: MIT */
/* Conditions on the close of a socket and on the end of its process. */
#include "analyzer/rules/conditions.h"

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/rules/sends_after_end.h"
#include "analyzer/rules/total_left.h"

/* A destructor or an interpreter's teardown: names of code show it. */
static bool closed_by_teardown(const struct evidence *evidence, const struct judge_options *options)
{
	const struct recording *recording = evidence->process->recording;
	const struct stack_ref *opened = &evidence->stacks[STACK_OPENED];

	return evidence->closed_stack && options->closed_at_exit &&
	       options->closed_at_exit(options->close_context, recording,
				       opened->recording == recording ? opened->id : 0,
				       evidence->closed_stack);
}

const struct condition when_closed_by_teardown = {
	.means = "exit handlers or the teardown of its interpreter closed it",
	.holds = closed_by_teardown,
};

/* By what decided, else by the kernel: held by the process alone. */
static uint64_t finished_ns(const struct evidence *evidence)
{
	return evidence->decision.kind != DECIDED_NOT ? evidence->decision.ns
						      : evidence->stuck_since_ns;
}

/* Samples are no further apart, and one is taken right before a signal is forwarded. */
#define SAMPLES_APART_NS NS_PER_S

/* The sample that found it closed, of a close without a departure; 0: none did. */
static uint64_t found_closed_ns(const struct evidence *evidence)
{
	if (evidence->closed_ns || !evidence->sighting)
		return 0;
	return evidence->sighting->socket->closed_ns;
}

/*
 * When it was closed, as far as is known. Of a close without a departure only the samples are
 * known: after the last that had it, and before the next, which would not have found it.
 */
static uint64_t closed_ns(const struct evidence *evidence)
{
	uint64_t found_ns = found_closed_ns(evidence);
	uint64_t next_ns = evidence->kernel.sampled_ns + SAMPLES_APART_NS;

	if (evidence->closed_ns)
		return evidence->closed_ns;
	return found_ns && found_ns < next_ns ? found_ns : next_ns;
}

/* Before the signal that asked for the end: however others from its place are closed at the end. */
static bool closed_before_signal(const struct evidence *evidence)
{
	uint64_t found_ns = found_closed_ns(evidence);

	return found_ns && evidence->ending && found_ns < evidence->ending->signalled_ns;
}

/*
 * For how long the program may still work with what it got as a client, before it closes and ends.
 * What it left in a pool, or unread, is judged by itself.
 */
static uint64_t client_works_ns(const struct evidence *evidence,
				const struct judge_options *options)
{
	bool left = !evidence->departing || (evidence->decision.kind == DECIDED_FIN_UNREAD &&
					     (evidence_is_pooled(evidence) ||
					      evidence_unread_bytes(evidence) > IDLE_UNREAD_MAX));

	return evidence->opened_here && !left ? options->idle_ns : 0;
}

static bool closed_at_exit(const struct evidence *evidence, const struct judge_options *options)
{
	const struct ended_socket socket = {
		.finished_ns = finished_ns(evidence),
		.closed_ns = closed_ns(evidence),
		.decided_stack = evidence->decision.stack,
		.closed_stack = evidence->closed_stack,
		.client_works_ns = client_works_ns(evidence, options),
		.shut_down = evidence->decision.kind == DECIDED_SHUTDOWN,
	};

	if (evidence->running || closed_before_signal(evidence) ||
	    socket.closed_ns < socket.finished_ns + options->min_held_ns)
		return false;
	if (evidence->decision.kind == DECIDED_FIN_UNREAD && loop_is_behind(evidence, options))
		return false;
	if (evidence->ending && ending_is_between(evidence->ending, &socket, options->min_held_ns))
		return true;
	return ending_begun_ns(evidence->ending, socket.closed_ns) >=
		       socket.finished_ns + options->min_held_ns &&
	       !ending_finds_work(evidence->ending, &socket) &&
	       closed_by_teardown(evidence, options);
}

static char *closed_fact(const struct evidence *evidence, const struct judge_options *options)
{
	uint64_t held = nanoseconds_between(finished_ns(evidence), closed_ns(evidence));

	return allocate_printed("pid %d closed it when it ended, %.0f ms after it was finished "
				"(--min-held: %.0f ms)",
				evidence->process->recording->header.pid, ns_to_ms(held),
				ns_to_ms(options->min_held_ns));
}

const struct condition when_closed_at_exit = {
	.means = "it had been finished for --min-held when the end of the process began, and was "
		 "closed only then",
	.holds = closed_at_exit,
	.fact = closed_fact,
};

/* A process that inherited the socket serves this one connection: it closes by ending. */
static bool closed_by_owner(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->departing && evidence->departing->departure->source != SOURCE_FORK &&
	       evidence->departing->departure->source != SOURCE_EXEC;
}

const struct condition when_closed_by_owner = {
	.means = "the process that closed it had opened, accepted or received it itself",
	.holds = closed_by_owner,
};

/* From when it was stuck, held by the process alone, until the last sample. */
static bool stuck_alone(const struct evidence *evidence, const struct judge_options *options)
{
	return nanoseconds_between(evidence->stuck_since_ns, evidence->kernel.sampled_ns) >=
	       options->min_held_ns;
}

const struct condition when_stuck_alone = {
	.means = "it was stuck for --min-held or longer, held by that process alone",
	.holds = stuck_alone,
};

static bool closed_after_sample(const struct evidence *evidence,
				const struct judge_options *options)
{
	(void)options;
	return evidence->sighting && !evidence->holding && !evidence->departing &&
	       !evidence->total && !evidence->by_kernel_alone && evidence->kernel.in_program;
}

const struct condition when_closed_after_sample = {
	.means = "the process had the socket at the last sample, and has closed it since",
	.holds = closed_after_sample,
};

static bool closed_unknowing(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->departing && evidence->decision.kind == DECIDED_NOT;
}

const struct condition when_closed_unknowing = {
	.means = "the process closed it, and no call had shown it that the connection had "
		 "ended",
	.holds = closed_unknowing,
};

static bool nothing_sent_since(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->last_sent_ns <= evidence->others_done_ns + KERNEL_TICK_NS;
}

const struct condition when_nothing_sent_since = {
	.means = "nothing was sent since all others were done with it",
	.holds = nothing_sent_since,
};

static bool unnoticed_long_at_close(const struct evidence *evidence,
				    const struct judge_options *options)
{
	return nanoseconds_between(evidence->decision.ns, evidence->closed_ns) >= options->idle_ns;
}

const struct condition when_unnoticed_long_at_close = {
	.means = "the program did not notice for --idle or longer",
	.holds = unnoticed_long_at_close,
};

static bool some_held_long(const struct evidence *evidence, const struct judge_options *options)
{
	return evidence->total && !evidence->young && total_left_long(evidence, options) > 0;
}

const struct condition when_some_held_long = {
	.means = "the counters kept for closed sockets show that it was held for --min-held or "
		 "longer "
		 "after that",
	.holds = some_held_long,
};

static bool some_held_late(const struct evidence *evidence, const struct judge_options *options)
{
	return evidence->total && !evidence->young && total_left_late(evidence, options) > 0;
}

const struct condition when_some_held_late = {
	.means = "it was closed, but --late or more after that",
	.holds = some_held_late,
};

static bool closed_after_spinning(const struct evidence *evidence,
				  const struct judge_options *options)
{
	(void)options;
	return evidence->departing && evidence->departing->departure->eof_reads >= SPINNING_READS;
}

static char *spinning_fact(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return allocate_printed("pid %d read its EOF %u times before it closed it",
				evidence->process->recording->header.pid,
				evidence->departing->departure->eof_reads);
}

const struct condition when_closed_after_spinning = {
	.means = "it was closed, but its EOF was read a thousand times or more before",
	.holds = closed_after_spinning,
	.fact = spinning_fact,
};

/* Of those in a total only the most reads are known: of one socket at least. */
static bool some_spun(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->total && !evidence->young && !evidence->known_spun &&
	       evidence->total->eof_reads_max >= SPINNING_READS;
}

static char *some_spun_fact(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return allocate_printed("pid %d read the EOF of one of them %u times",
				evidence->process->recording->header.pid,
				evidence->total->eof_reads_max);
}

const struct condition when_some_spun = {
	.means = "it was closed, but its EOF was read a thousand times or more before, "
		 "by the counters kept for closed sockets",
	.holds = some_spun,
	.fact = some_spun_fact,
};
