/* SPDX-License-Identifier: MIT */
#include "analyzer/base/clock.h"

#include <errno.h>

uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

void clock_wait(uint64_t ns)
{
	struct timespec left = { (time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S) };

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

double clock_since_boot_ms(void)
{
	return ns_to_ms(clock_ns(CLOCK_BOOTTIME));
}
