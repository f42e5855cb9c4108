/* SPDX-License-Identifier: MIT */
/* Time in nanoseconds, as the recordings count it. */
#ifndef FINLEAK_CLOCK_H
#define FINLEAK_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_US 1000ull
#define NS_PER_MS 1000000ull
#define NS_PER_S  1000000000ull

/* From EARLIER to LATER, ns; 0 where they are the other way round. */
static inline uint64_t nanoseconds_between(uint64_t earlier, uint64_t later)
{
	return later > earlier ? later - earlier : 0;
}

/* NS in milliseconds, as reports show a duration. */
static inline double ns_to_ms(uint64_t ns)
{
	return (double)ns / (double)NS_PER_MS;
}

/* What CLOCK shows, ns. */
uint64_t clock_ns(clockid_t clock);

/* Time since boot, ms: the clock that the kernel gives the start of a process by. */
double clock_since_boot_ms(void);

/* Sleeps for NS, however many signals arrive meanwhile. */
void clock_wait(uint64_t ns);

#endif
