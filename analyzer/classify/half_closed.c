/* SPDX-License-Identifier: MIT */
#include "analyzer/classify/half_closed.h"

#include "analyzer/base/clock.h"

#define CLOCK_TICK_NS 20000000u /* the kernel counts last-sent times in ticks of up to 10 ms */

/* Looks are a second apart: what was sent since the one before last goes on. */
#define LOOKS_APART_NS (2 * NS_PER_S)

static uint64_t at_least(uint64_t ns, uint64_t least_ns)
{
	return ns > least_ns ? ns : least_ns;
}

/* When was sent last, by a look at LOOKED_NS that was told SENT_MS (before it)? 0: never. */
static uint64_t sent_at(uint64_t sampled_ns, uint64_t sent_ms)
{
	return nanoseconds_between(sent_ms * NS_PER_MS, sampled_ns);
}

/* By the recorder's look at the end. */
static bool sends_at_exit(const struct recorded_socket *row, const struct judge_options *options,
			  uint64_t *sent_ns)
{
	if (!row->looked_ns || row->last_sent_ms == UINT32_MAX)
		return false;
	*sent_ns = sent_at(row->looked_ns, row->last_sent_ms);
	return *sent_ns > row->eof_ns + at_least(options->min_held_ns, CLOCK_TICK_NS) &&
	       nanoseconds_between(*sent_ns, row->looked_ns) <
		       at_least(options->min_held_ns, NS_PER_S);
}

/* By looks from outside: bytes_sent moved between two, or one tells when it was. */
static bool sends_when_seen(const struct observed_socket *socket, uint64_t eof_ns,
			    const struct judge_options *options, uint64_t *sent_ns)
{
	if (!socket || socket->state != KERNEL_CLOSE_WAIT)
		return false;
	*sent_ns = socket->sent_ns > eof_ns ? socket->sent_ns : 0;
	if (socket->sent_ms >= 0) {
		uint64_t last_ns = sent_at(socket->sampled_ns, (uint64_t)socket->sent_ms);

		if (last_ns > eof_ns + at_least(options->min_held_ns, CLOCK_TICK_NS))
			*sent_ns = at_least(*sent_ns, last_ns);
	}
	return *sent_ns && nanoseconds_between(*sent_ns, socket->sampled_ns) <
				   at_least(options->min_held_ns, LOOKS_APART_NS);
}

bool still_sends(const struct socket_life *life, const struct holding *holding,
		 const struct judge_options *options, uint64_t *sent_ns)
{
	const struct recorded_socket *row = holding->row;
	const struct observed_socket *seen = life_seen_in(life, holding->process);

	return sends_at_exit(row, options, sent_ns) ||
	       sends_when_seen(seen, row->eof_ns, options, sent_ns);
}
