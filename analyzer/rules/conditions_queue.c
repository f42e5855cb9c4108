/* SPDX-License-Identifier: MIT */
/* Conditions on the receive queue of a socket, in samples and in a scan: who reads, what is unread.
 */
#include "analyzer/rules/conditions.h"

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"

/* What the FIN counts in a receive queue. */
#define FIN_IN_QUEUE 1u

static uint32_t fin_in_queue(const struct evidence *evidence)
{
	return evidence->kernel.multipath ? 0 : FIN_IN_QUEUE;
}

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
