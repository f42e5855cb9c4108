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

/* The program has ended its direction too, and all that it had sent has arrived. */
static bool can_send_no_more(const struct recorded_socket *row)
{
	return row->shutdown_ns && row->tcp_state == KERNEL_CLOSE;
}

static uint64_t by_sample_at_exit(const struct recorded_socket *row,
				  const struct judge_options *options)
{
	uint64_t sent_ns;

	if (!row->sampled_ns || row->last_sent_ms == UINT32_MAX || can_send_no_more(row))
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
	sent_ns = by_sample_at_exit(evidence->holding->row, options);
	if (!sent_ns && evidence->sighting)
		sent_ns = by_samples(evidence->sighting->socket, evidence->holding->row->eof_ns,
				     options);
	return sent_ns;
}
