/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/sends_after_end.h"

#include "analyzer/base/clock.h"

/* Samples are a second apart: what was sent since the one before last goes on. */
#define SAMPLES_APART_NS (2 * NS_PER_S)

static uint64_t at_least(uint64_t ns, uint64_t least_ns)
{
	return ns > least_ns ? ns : least_ns;
}

/* When was sent last, by a sample at SAMPLED_NS that found SENT_MS (before it)? 0: never. */
static uint64_t sent_at(uint64_t sampled_ns, uint64_t sent_ms)
{
	return nanoseconds_between(sent_ms * NS_PER_MS, sampled_ns);
}

/* Did the program end with its answer? A server that went back to accept() forgot the close. */
static bool ended_by_answering(const struct evidence *evidence, uint64_t answered_ns)
{
	return evidence->process->recording->header.answered_ns == answered_ns;
}

/*
 * Whoever opens another connection at leisure, or waits for one, is done with this one; that it was
 * in use is no excuse for a program that chose its end.
 */
static bool went_on(const struct evidence *evidence, uint64_t sent_ns,
		    const struct judge_options *options)
{
	const struct recorded_socket *row = evidence->holding->row;
	uint64_t answered_ns = decision_answered_ns(row), since_ns = sent_ns + KERNEL_TICK_NS;

	if (!options->strict)
		return false;
	/* What was sent last was the answer, and its time is known better. */
	if (answered_ns && sent_ns <= answered_ns + KERNEL_TICK_NS) {
		if (!ended_by_answering(evidence, answered_ns))
			return true;
		since_ns = answered_ns;
	}
	return evidence->ending && !evidence->ending->signalled_ns &&
	       evidence->ending->opened_ns > since_ns &&
	       nanoseconds_between(sent_ns, row->sampled_ns) >= options->min_held_ns;
}

/*
 * The last thing that the program did was to answer a peer that had half-closed, and still waits:
 * it has opened nothing since, waited for nothing, and ended before long.
 */
static uint64_t by_answer(const struct evidence *evidence, const struct judge_options *options)
{
	const struct recorded_socket *row = evidence->holding->row;
	uint64_t answered_ns = decision_answered_ns(row);

	if (!answered_ns || !ended_by_answering(evidence, answered_ns) ||
	    row->tcp_state != KERNEL_CLOSE_WAIT ||
	    nanoseconds_between(answered_ns, row->sampled_ns) >= options->min_held_ns ||
	    (evidence->ending && evidence->ending->opened_ns > answered_ns))
		return 0;
	return answered_ns;
}

static uint64_t by_sample_at_exit(const struct recorded_socket *row,
				  const struct judge_options *options)
{
	uint64_t sent_ns;

	/* In that state nothing can be sent any more. */
	if (!row->sampled_ns || row->last_sent_ms == UINT32_MAX || row->tcp_state == KERNEL_CLOSE)
		return 0;
	sent_ns = sent_at(row->sampled_ns, row->last_sent_ms);
	if (sent_ns > row->eof_ns + at_least(options->min_held_ns, KERNEL_TICK_NS) &&
	    nanoseconds_between(sent_ns, row->sampled_ns) <
		    at_least(options->min_held_ns, NS_PER_S))
		return sent_ns;
	return 0;
}

/* By samples from outside: bytes_sent moved between two, or one knows when it was. */
static uint64_t by_samples(const struct observed_socket *socket, uint64_t eof_ns,
			   const struct judge_options *options)
{
	uint64_t sent_ns;

	if (socket->state != KERNEL_CLOSE_WAIT)
		return 0;
	sent_ns = socket->sent_ns > eof_ns ? socket->sent_ns : 0;
	if (socket->sent_ms >= 0) {
		uint64_t last_ns = sent_at(socket->sampled_ns, (uint64_t)socket->sent_ms);

		if (last_ns > eof_ns + at_least(options->min_held_ns, KERNEL_TICK_NS))
			sent_ns = at_least(sent_ns, last_ns);
	}
	if (!sent_ns || nanoseconds_between(sent_ns, socket->sampled_ns) >
				at_least(options->min_held_ns, SAMPLES_APART_NS))
		return 0;
	return sent_ns;
}

uint64_t sent_after_end_ns(const struct evidence *evidence, const struct judge_options *options)
{
	uint64_t sent_ns = 0;

	if (!evidence->holding)
		return 0;
	sent_ns = by_answer(evidence, options);
	if (sent_ns)
		return sent_ns;
	sent_ns = by_sample_at_exit(evidence->holding->row, options);
	if (sent_ns && went_on(evidence, sent_ns, options))
		return 0;
	if (!sent_ns && evidence->sighting)
		sent_ns = by_samples(evidence->sighting->socket, evidence->holding->row->eof_ns,
				     options);
	return sent_ns;
}
