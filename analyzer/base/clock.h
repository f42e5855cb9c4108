/* SPDX-License-Identifier: MIT */
/* Time in nanoseconds, as the recordings count it. */
#ifndef FINLEAK_CLOCK_H
#define FINLEAK_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_US 1000ull
#define NS_PER_MS 1000000ull
#define NS_PER_S  1000000000ull

/* NS in milliseconds, as reports show a duration. */
static inline double ns_to_ms(uint64_t ns)
{
	return (double)ns / (double)NS_PER_MS;
}

/* What CLOCK shows, ns. */
uint64_t clock_ns(clockid_t clock);

/* Sleeps for NS, however many signals arrive meanwhile. */
void clock_wait(uint64_t ns);

#endif
