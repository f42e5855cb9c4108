/* SPDX-License-Identifier: MIT */
#include "analyzer/watch/watch_pace.h"

#include "analyzer/base/clock.h"

uint64_t watch_pace_clock(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

uint64_t watch_pace_next(struct watch_pace *pace, uint64_t cost_ns)
{
	pace->costs_ns[0] = pace->costs_ns[1];
	pace->costs_ns[1] = cost_ns;
	return pace->costs_ns[pace->costs_ns[0] < cost_ns ? 0 : 1] * WATCH_SHARE;
}
