/* SPDX-License-Identifier: MIT */
/* How often something may be done so that it takes a small part of a core at most. */
#ifndef FINLEAK_WATCH_PACE_H
#define FINLEAK_WATCH_PACE_H

#include <stdint.h>

/* Reading recordings and asking the kernel get this part each: together 4 % of a core, which
 * leaves some for showing it. */
#define WATCH_SHARE 50

struct watch_pace {
	/* Private: CPU time of the last two times, ns. */
	uint64_t costs_ns[2];
};

/* The CPU time of this process up to now, ns. */
uint64_t watch_pace_clock(void);

/*
 * It was done once more, for COST_NS of CPU time. Returns how many ns are to pass at least from
 * then to the next time. The cheaper of two counts: now and then one has new code to name, or /proc
 * to fill.
 */
uint64_t watch_pace_next(struct watch_pace *pace, uint64_t cost_ns);

#endif
