/* SPDX-License-Identifier: MIT */
/* Conditions on what the kernel shows of a socket, in samples and in a scan. */
#include "analyzer/rules/conditions.h"

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/kernel_view/kernel_sockets.h"

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
