/* SPDX-License-Identifier: MIT */
/* Conditions on what the process itself did, by its recorded calls. */
#include "analyzer/rules/conditions.h"

#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/rules/ending.h"
#include "analyzer/rules/sends_after_end.h"

static double ms_between(uint64_t from_ns, uint64_t to_ns)
{
	return ns_to_ms(nanoseconds_between(from_ns, to_ns));
}

static bool eof_read(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->decision.kind == DECIDED_EOF;
}

static char *eof_read_fact(const struct evidence *evidence, const struct judge_options *options)
{
	const struct recording_header *header = &evidence->process->recording->header;

	(void)options;
	if (!evidence->decision.ns)
		return allocate_printed("pid %d read EOF", header->pid);
	return allocate_printed("pid %d read EOF %.0f ms after it started", header->pid,
				ms_between(header->start_ns, evidence->decision.ns));
}

const struct condition when_eof_read = {
	.means = "the program read EOF",
	.holds = eof_read,
	.fact = eof_read_fact,
};

static bool call_failed(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->decision.kind == DECIDED_ERROR;
}

const struct condition when_call_failed = {
	.means = "a read or a write failed for good",
	.holds = call_failed,
};

static bool shut_down(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->decision.kind == DECIDED_SHUTDOWN;
}

const struct condition when_shut_down = {
	.means = "shutdown() ended the connection",
	.holds = shut_down,
};

static bool connect_failed(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->decision.kind == DECIDED_CONNECT;
}

const struct condition when_connect_failed = {
	.means = "connect() failed",
	.holds = connect_failed,
};

static bool fin_unread_at_close(const struct evidence *evidence,
				const struct judge_options *options)
{
	(void)options;
	return evidence->decision.kind == DECIDED_FIN_UNREAD && !evidence->holding;
}

const struct condition when_fin_unread_at_close = {
	.means = "when it was closed, the kernel held an EOF that had never been read",
	.holds = fin_unread_at_close,
};

static bool reset_unread_at_close(const struct evidence *evidence,
				  const struct judge_options *options)
{
	(void)options;
	return evidence->decision.kind == DECIDED_RESET_UNREAD && !evidence->holding;
}

const struct condition when_reset_unread_at_close = {
	.means = "when it was closed, the kernel showed it as reset, and no call had returned the "
		 "error",
	.holds = reset_unread_at_close,
};

static bool ended_unknowing(const struct evidence *evidence, const struct judge_options *options)
{
	return fin_unread_at_close(evidence, options) || reset_unread_at_close(evidence, options);
}

const struct condition when_ended_unknowing = {
	.means = "when it was closed, the kernel showed that the peer had closed or reset it, and "
		 "no recorded call had returned that",
	.holds = ended_unknowing,
};

static bool finished_by_call(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence_decided_by_events(evidence);
}

const struct condition when_finished_by_call = {
	.means = "a recorded call finished the connection: it read EOF, failed, or "
		 "shut it down",
	.holds = finished_by_call,
};

/*
 * What a parent had learned before the fork is held against the parent, if it is known. A replaced
 * image answers for what its successor took over.
 */
static bool is_open(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->holding && !evidence->decided_by_parent &&
	       (!evidence->handed_on || evidence->successor);
}

static char *open_fact(const struct evidence *evidence, const struct judge_options *options)
{
	const struct holding *holding =
		evidence->handed_on ? evidence->successor : evidence->holding;
	int fd = holding->fd_count ? holding->fds[0] : holding->row->first_fd;

	(void)options;
	return allocate_printed("descriptor %d of pid %d was never closed", fd,
				holding->process->recording->header.pid);
}

const struct condition when_open = {
	.means = "the socket was never closed in that process",
	.holds = is_open,
	.fact = open_fact,
};

static bool open_itself(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->holding && !evidence->decided_by_parent && !evidence->handed_on;
}

const struct condition when_open_itself = {
	.means = "the socket is open in that process",
	.holds = open_itself,
	.fact = open_fact,
};

/* No process holds longer than it lives, and one that ends has no time to close. */
static uint64_t held_ns(const struct evidence *evidence)
{
	uint64_t since_ns = evidence->decision.ns;

	if (since_ns < evidence->held_since_ns)
		since_ns = evidence->held_since_ns;
	return nanoseconds_between(since_ns,
				   ending_begun_ns(evidence->ending, evidence->held_until_ns));
}

/* Closes take as long in normal life: it is on its way. */
static bool is_at_work(const struct evidence *evidence)
{
	const struct ended_socket socket = {
		.finished_ns = evidence->decision.ns > evidence->held_since_ns
				       ? evidence->decision.ns
				       : evidence->held_since_ns,
		.closed_ns = evidence->held_until_ns,
		.decided_stack = evidence->decision.stack,
	};

	return ending_finds_work_on_open(evidence->ending, &socket);
}

/*
 * Killed, at an unknown time, a moment after it was finished: it was in flight where nearly all
 * that end at the same place are closed, and none of them is left from before.
 */
static bool was_in_flight(const struct evidence *evidence, const struct judge_options *options)
{
	struct place place;

	if (held_ns(evidence) >= options->min_held_ns)
		return false;
	place = evidence_finished_place(evidence);
	return place_usually_closes(&place) &&
	       place_open_until(&place, nanoseconds_between(options->min_held_ns,
							    evidence->held_until_ns)) == 0;
}

static bool held_briefly(const struct evidence *evidence, const struct judge_options *options)
{
	if (!evidence->end_known)
		return was_in_flight(evidence, options);
	return held_ns(evidence) < options->min_held_ns || is_at_work(evidence);
}

static bool held_long(const struct evidence *evidence, const struct judge_options *options)
{
	return !held_briefly(evidence, options);
}

static char *held_fact(const struct evidence *evidence, const struct judge_options *options)
{
	const char *remark = "";

	if (!evidence->end_known)
		remark = " at least, the end is unknown";
	else if (held_briefly(evidence, options) && held_ns(evidence) >= options->min_held_ns)
		remark = ", as others were that it closed";
	return allocate_printed("it was held for %.0f ms after that%s (--min-held: %.0f ms)",
				ns_to_ms(held_ns(evidence)), remark,
				ns_to_ms(options->min_held_ns));
}

const struct condition when_held_long = {
	.means = "it was held for --min-held or longer after that, and longer than the program "
		 "takes to close others",
	.holds = held_long,
	.fact = held_fact,
};

const struct condition when_held_briefly = {
	.means =
		"less than --min-held has passed since, or no more than the program takes to close "
		"others",
	.holds = held_briefly,
	.fact = held_fact,
};

static bool still_runs(const struct evidence *evidence)
{
	return evidence->successor ? evidence->successor->process->state == PROCESS_RUNNING
				   : evidence->running;
}

static bool process_runs(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return still_runs(evidence);
}

const struct condition when_process_runs = {
	.means = "the process still runs",
	.holds = process_runs,
};

static bool process_ended(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return !still_runs(evidence);
}

const struct condition when_process_ended = {
	.means = "the process has ended",
	.holds = process_ended,
};

/* Where the EOF is known its time counts: a shutdown() after it is a step of closing. */
static bool duplicate_left(const struct evidence *evidence, const struct judge_options *options)
{
	uint64_t eof_ns = evidence->holding     ? evidence->holding->row->eof_ns
			  : evidence->departing ? evidence->departing->departure->eof_ns
						: 0;

	(void)options;
	return evidence->part_closed_ns &&
	       evidence->part_closed_ns >= (eof_ns ? eof_ns : evidence->decision.ns);
}

const struct condition when_duplicate_left = {
	.means = "after that one of its descriptors was closed, and a duplicate stayed open",
	.holds = duplicate_left,
};

static bool duplicate_closed(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->departing && evidence->departing->departure->duplicate_stack;
}

const struct condition when_duplicate_closed = {
	.means = "its last descriptor was a duplicate",
	.holds = duplicate_closed,
};

/*
 * The program hung up by one of its descriptors, and forgot the other: by that nothing was sent any
 * more.
 */
static bool duplicate_closed_unused(const struct evidence *evidence,
				    const struct judge_options *options)
{
	const struct recorded_departure *departure =
		evidence->departing ? evidence->departing->departure : NULL;
	uint64_t since_ns = evidence->part_closed_ns;

	return departure && departure->duplicate_stack && since_ns &&
	       departure->fd > STDERR_FILENO &&
	       evidence->last_sent_ns <= since_ns + KERNEL_TICK_NS &&
	       nanoseconds_between(since_ns, evidence->closed_ns) >= options->min_held_ns;
}

const struct condition when_duplicate_closed_unused = {
	.means = "its last descriptor was a duplicate, which was not used after another one had "
		 "been closed, --min-held or longer before",
	.holds = duplicate_closed_unused,
};

static bool no_duplicate_left(const struct evidence *evidence, const struct judge_options *options)
{
	return !duplicate_left(evidence, options);
}

const struct condition when_no_duplicate_left = {
	.means = "none of its descriptors was closed after that",
	.holds = no_duplicate_left,
};

/* Is the connection the program's standard input or output? Then it was moved there on purpose. */
static bool is_moved(const struct holding *holding)
{
	size_t i;

	for (i = 0; i < holding->fd_count; i++)
		if (holding->fds[i] <= STDERR_FILENO)
			return true;
	return false;
}

/* Reads before EOF are not recorded: of the descriptor that is left only what was
 * sent shows that it serves the connection. */
static bool duplicate_unused(const struct evidence *evidence, const struct judge_options *options)
{
	const struct recorded_socket *row = evidence->holding ? evidence->holding->row : NULL;
	uint64_t since_ns = evidence->part_closed_ns;

	return since_ns && row && !is_moved(evidence->holding) && row->eof_ns <= since_ns &&
	       row->shutdown_ns <= since_ns && row->last_use_ns <= since_ns &&
	       evidence->last_sent_ns <= since_ns + KERNEL_TICK_NS &&
	       nanoseconds_between(since_ns, evidence->until_ns) >= options->min_held_ns;
}

static char *unused_fact(const struct evidence *evidence, const struct judge_options *options)
{
	const struct holding *holding = evidence->holding;

	(void)options;
	return allocate_printed("pid %d closed one of its descriptors %.0f ms before the end; "
				"descriptor %d stayed open, and nothing was sent since",
				evidence->process->recording->header.pid,
				ms_between(evidence->part_closed_ns, evidence->until_ns),
				holding->fd_count ? holding->fds[0] : holding->row->first_fd);
}

const struct condition when_duplicate_unused = {
	.means = "one of its descriptors was closed --min-held ago or earlier, a duplicate stayed "
		 "open, and was not used since",
	.holds = duplicate_unused,
	.fact = unused_fact,
};

static bool kernel_agrees(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return !evidence->kernel_denies;
}

const struct condition when_kernel_agrees = {
	.means = "no later sample of the kernel contradicts that",
	.holds = kernel_agrees,
};

static bool sending_after_end(const struct evidence *evidence, const struct judge_options *options)
{
	return sent_after_end_ns(evidence, options) != 0;
}

static char *sending_fact(const struct evidence *evidence, const struct judge_options *options)
{
	return allocate_printed(
		"the program sent data %.0f ms after EOF",
		ms_between(evidence->decision.ns, sent_after_end_ns(evidence, options)));
}

const struct condition when_sending_after_end = {
	.means = "the program has sent data since then, and not long ago",
	.holds = sending_after_end,
	.fact = sending_fact,
};

static bool not_sending(const struct evidence *evidence, const struct judge_options *options)
{
	return sent_after_end_ns(evidence, options) == 0;
}

const struct condition when_not_sending_after_end = {
	.means = "the program no longer sends",
	.holds = not_sending,
};
