/* SPDX-License-Identifier: MIT */
/* Conditions on what the kernel shows of a socket, in samples and in a scan. */
#include "analyzer/rules/conditions.h"

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/kernel_view/kernel_sockets.h"

/* What the FIN counts in a receive queue. */
#define FIN_IN_QUEUE 1u

static uint32_t fin_in_queue(const struct evidence *evidence)
{
	return evidence->kernel.multipath ? 0 : FIN_IN_QUEUE;
}

static bool no_call_decided(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return !evidence_decided_by_events(evidence) && !evidence->handed_on &&
	       !evidence->listens && !evidence->read_by_relative;
}

const struct condition when_no_call_decided = {
	.means = "no recorded call showed the program that the connection had ended",
	.holds = no_call_decided,
};

static bool in_program(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->kernel.in_program &&
	       (evidence->holding || evidence->by_kernel_alone || !evidence->process);
}

const struct condition when_in_program = {
	.means = "the socket is open in that process",
	.holds = in_program,
};

static bool opened_before(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->holding && evidence->holding->row->source == SOURCE_BEFORE;
}

const struct condition when_opened_before = {
	.means = "it was open when `finleak attach` began to record",
	.holds = opened_before,
};

static bool close_wait(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->kernel.state == KERNEL_CLOSE_WAIT;
}

const struct condition when_close_wait = {
	.means = "the kernel shows it in CLOSE_WAIT: the peer has closed",
	.holds = close_wait,
};

static bool stuck_long(const struct evidence *evidence, const struct judge_options *options)
{
	return evidence_stuck_ns(evidence) >= options->min_held_ns;
}

static char *stuck_fact(const struct evidence *evidence, const struct judge_options *options)
{
	return allocate_printed("it had been so for %.0f ms at least (--min-held: %.0f ms)",
				ns_to_ms(evidence_stuck_ns(evidence)),
				ns_to_ms(options->min_held_ns));
}

const struct condition when_stuck_long = {
	.means = "it stayed so for --min-held or longer",
	.holds = stuck_long,
	.fact = stuck_fact,
};

static bool stuck_briefly(const struct evidence *evidence, const struct judge_options *options)
{
	return !stuck_long(evidence, options);
}

const struct condition when_stuck_briefly = {
	.means = "it is not known to have stayed so for --min-held",
	.holds = stuck_briefly,
	.fact = stuck_fact,
};

static bool nobody_reads(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return !evidence->kernel.reads;
}

/* A reader at a slow pace: read at the last sample but a few, and for most of the time before. */
#define PACE_NS       (500 * NS_PER_MS)
#define PACE_FRACTION 4

/*
 * Samples see a reader only by what it leaves: one that pauses between two reads, as a rate limit
 * has it, goes on when its last read is not long ago, or is so in proportion to how long it reads.
 */
static bool reader_stopped(const struct evidence *evidence, const struct judge_options *options)
{
	const struct kernel_facts *kernel = &evidence->kernel;
	uint64_t pause_ns = nanoseconds_between(kernel->read_ns, kernel->sampled_ns);
	uint64_t reading_ns = nanoseconds_between(kernel->unread_ns, kernel->read_ns);

	if (kernel->reads)
		return false;
	if (!kernel->read_ns || pause_ns >= options->late_ns)
		return true;
	return pause_ns >= PACE_NS && pause_ns >= reading_ns / PACE_FRACTION;
}

const struct condition when_reader_stopped = {
	.means = "nothing was read from it lately (--late, or a pause that is long for a slow "
		 "reader)",
	.holds = reader_stopped,
};

const struct condition when_nobody_reads = {
	.means = "nothing was read from it between the last two samples",
	.holds = nobody_reads,
};

static char *queue_fact(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return allocate_printed("its receive queue holds %u (the FIN counts %u)",
				evidence->kernel.receive_queue, fin_in_queue(evidence));
}

/* MPTCP's queue counts no FIN. A recorder has noted each read but those through io_uring. */
static bool reads_are_recorded(const struct evidence *evidence)
{
	return evidence->kernel.multipath && evidence->holding &&
	       evidence->holding->row->source != SOURCE_BEFORE && !evidence_may_use_ring(evidence);
}

/*
 * A FIN can come in one piece with the last data: whoever reads these takes it along and is not
 * known. What became of others that were opened at the same place distinguishes that from a read
 * that was not recorded.
 */
static bool is_empty_but_unread(const struct evidence *evidence)
{
	return evidence->kernel.receive_queue == 0 &&
	       (evidence->siblings_unread || reads_are_recorded(evidence));
}

static bool fin_unread(const struct evidence *evidence, const struct judge_options *options)
{
	uint32_t queue = evidence->kernel.receive_queue;

	(void)options;
	return (queue == FIN_IN_QUEUE && !evidence->kernel.multipath) ||
	       is_empty_but_unread(evidence);
}

static char *fin_fact(const struct evidence *evidence, const struct judge_options *options)
{
	if (evidence->siblings_unread)
		return allocate_text(
			"its FIN came with the last data: others opened at the same place have "
			"an unread FIN");
	if (is_empty_but_unread(evidence))
		return allocate_text("no recorded call has read the FIN, which MPTCP's receive "
				     "queue does not count");
	return queue_fact(evidence, options);
}

const struct condition when_fin_unread = {
	.means = "only the EOF is unread",
	.holds = fin_unread,
	.fact = fin_fact,
};

static bool data_unread(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->kernel.receive_queue > fin_in_queue(evidence);
}

const struct condition when_data_unread = {
	.means = "data before the FIN is unread",
	.holds = data_unread,
	.fact = queue_fact,
};

static bool end_taken(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->kernel.receive_queue == 0 && !is_empty_but_unread(evidence);
}

const struct condition when_end_taken = {
	.means = "nothing is left to read: EOF was read",
	.holds = end_taken,
};

/* A FIN may have come in one piece with the last data, and so be taken along or not. */
static bool answer_read(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence_unread_bytes(evidence) <= IDLE_UNREAD_MAX;
}

const struct condition when_answer_read = {
	.means = "no more than a kilobyte is unread before the FIN",
	.holds = answer_read,
	.fact = queue_fact,
};

static bool unwatched(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->kernel.readiness == EPOLL_UNWATCHED;
}

const struct condition when_unwatched = {
	.means = "no epoll descriptor watches it",
	.holds = unwatched,
};

static bool paused(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->kernel.readiness == EPOLL_PAUSED;
}

const struct condition when_paused = {
	.means = "it is registered with epoll, but neither for its EOF nor for data",
	.holds = paused,
};

static bool readiness_unknown(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->kernel.readiness == EPOLL_UNKNOWN;
}

const struct condition when_readiness_unknown = {
	.means = "what watches it is unknown",
	.holds = readiness_unknown,
};

/* Pools drop what is idle in seconds. */
static uint64_t idle_ns(const struct evidence *evidence)
{
	if (!evidence_is_pooled(evidence))
		return UINT64_MAX;
	return evidence->departing ? nanoseconds_between(evidence->decision.ns, evidence->closed_ns)
				   : evidence->kernel.stuck_ns;
}

static bool idle_briefly(const struct evidence *evidence, const struct judge_options *options)
{
	return idle_ns(evidence) < options->idle_ns;
}

static char *idle_fact(const struct evidence *evidence, const struct judge_options *options)
{
	if (idle_ns(evidence) == UINT64_MAX)
		return allocate_text("it is not an idle connection that was opened and used here");
	return allocate_printed("it was opened and used here, and its peer closed %.0f ms before "
				"the end (--idle: %.0f ms)",
				ns_to_ms(idle_ns(evidence)), ns_to_ms(options->idle_ns));
}

const struct condition when_idle_briefly = {
	.means =
		"it was opened and used here, and its peer closed less than --idle ago: a pool may "
		"still drop it",
	.holds = idle_briefly,
	.fact = idle_fact,
};

static bool idle_long(const struct evidence *evidence, const struct judge_options *options)
{
	return !idle_briefly(evidence, options);
}

const struct condition when_idle_long = {
	.means = "it is not in a pool, or its peer closed --idle ago or longer",
	.holds = idle_long,
	.fact = idle_fact,
};

/* An EOF that nobody asked for, whether the queue shows it or not. */
static bool not_kept_idle(const struct evidence *evidence, const struct judge_options *options)
{
	return !unwatched(evidence, options) || idle_long(evidence, options);
}

const struct condition when_not_kept_idle = {
	.means = "it is watched, is not in a pool, or its peer closed --idle ago or longer",
	.holds = not_kept_idle,
	.fact = idle_fact,
};

static bool unnoticed_long(const struct evidence *evidence, const struct judge_options *options)
{
	return evidence->kernel.stuck_ns >= options->idle_ns;
}

const struct condition when_unnoticed_long = {
	.means = "it stayed so for --idle or longer",
	.holds = unnoticed_long,
	.fact = stuck_fact,
};

static bool sending(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->kernel.sends;
}

const struct condition when_sending = {
	.means = "the program still sends, or has data to send",
	.holds = sending,
};

static bool not_sending(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return !evidence->kernel.sends;
}

const struct condition when_not_sending = {
	.means = "nothing was sent between the last two samples",
	.holds = not_sending,
};

/*
 * The peer closed too, after the program's shutdown() for writing. Of an accepted connection that
 * was inherited by a fork only the call shows that: in the kernel's count its FIN is the same as
 * the SYN of one that was connected.
 */
static bool fin_acknowledged(const struct evidence *evidence, const struct judge_options *options)
{
	const struct kernel_facts *kernel = &evidence->kernel;

	(void)options;
	if (kernel->state != KERNEL_CLOSE)
		return false;
	/* Only the sample at exit found it closed. */
	if (!kernel->closed_seen)
		return evidence->writing_shut;
	return kernel->connected &&
	       (kernel->fin_acked || (evidence->writing_shut && !kernel->error_pending));
}

const struct condition when_fin_acknowledged = {
	.means = "the kernel shows it closed in both directions, by the program's FIN and "
		 "the peer's",
	.holds = fin_acknowledged,
};

static bool reset(const struct evidence *evidence, const struct judge_options *options)
{
	return evidence->kernel.state == KERNEL_CLOSE && evidence->kernel.connected &&
	       !fin_acknowledged(evidence, options);
}

const struct condition when_reset = {
	.means = "the kernel shows that the connection was reset, or timed out",
	.holds = reset,
};

static bool error_pending(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return evidence->kernel.error_pending;
}

const struct condition when_error_pending = {
	.means = "no call has returned the error",
	.holds = error_pending,
};

static bool error_taken(const struct evidence *evidence, const struct judge_options *options)
{
	(void)options;
	return !evidence->kernel.error_pending;
}

const struct condition when_error_taken = {
	.means = "a call has returned the error",
	.holds = error_taken,
};

static bool over(const struct evidence *evidence, const struct judge_options *options)
{
	const struct kernel_facts *kernel = &evidence->kernel;

	(void)options;
	return kernel->state == KERNEL_CLOSE_WAIT ||
	       (kernel->state == KERNEL_CLOSE &&
		(kernel->connected || evidence->decision.kind != DECIDED_NOT));
}

const struct condition when_over = {
	.means = "the kernel shows that the peer has closed or reset the connection",
	.holds = over,
};
