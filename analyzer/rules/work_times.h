/* SPDX-License-Identifier: MIT */
/*
 * For how long a process worked on finished connections before it closed them, by the stack at
 * which it learned of the end: what its departures show. Thousands of sockets may ask, of thousands
 * of departures.
 */
#ifndef FINLEAK_WORK_TIMES_H
#define FINLEAK_WORK_TIMES_H

#include "analyzer/recordings/recording_snapshot.h"

struct work_times;

/* Those of RECORDING, which must live as long. End with work_times_free(), which takes NULL. */
struct work_times *work_times_of(const struct recording *recording);
void work_times_free(struct work_times *times);

/* How many were closed before a time, and since. */
struct work {
	size_t before, since;
};

/*
 * Of those whose end was learned of at STACK and that were closed LONG_NS after that or later: how
 * many were closed before NS, and since. NS is one of a few times for each process.
 */
struct work work_times_count(struct work_times *times, uint32_t stack, uint64_t long_ns,
			     uint64_t ns);

#endif
