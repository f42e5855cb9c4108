/* SPDX-License-Identifier: MIT */
/* How often something may be done so that it uses at most a small fraction of a core. */
#ifndef FINLEAK_WATCH_PACE_H
#define FINLEAK_WATCH_PACE_H

#include <stdint.h>

/* Reading recordings and sampling the kernel get this fraction each: together 4 % of a core. */
#define WATCH_SHARE 50

struct watch_pace {
	/* Private: CPU time of the last two times, ns. */
	uint64_t costs_ns[2];
};

/* The CPU time of this process up to now, ns. */
uint64_t watch_pace_clock(void);

/*
 * It was done again, for COST_NS of CPU time. Returns how many ns must pass until the next time.
 * The cheaper one of two counts: sometimes there is new code to name, or /proc fills its caches.
 */
uint64_t watch_pace_next(struct watch_pace *pace, uint64_t cost_ns);

#endif
