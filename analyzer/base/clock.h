/* SPDX-License-Identifier: MIT */
/* Time in nanoseconds, as the recordings count it. */
#ifndef FINLEAK_CLOCK_H
#define FINLEAK_CLOCK_H

#include <stdint.h>
#include <time.h>

/* What CLOCK shows, ns. */
uint64_t clock_ns(clockid_t clock);

/* Sleeps for NS, however many signals come. */
void clock_wait(uint64_t ns);

#endif
