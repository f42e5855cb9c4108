/* SPDX-License-Identifier: MIT */
/* Counts among the sockets of one totals row, by its histogram. */
#ifndef FINLEAK_TOTAL_COUNT_H
#define FINLEAK_TOTAL_COUNT_H

#include "preload/recording/recording.h"

/* How many of TOTAL's sockets were held for HELD_NS or longer after what decided over them. */
uint64_t total_count_held(const struct recorded_total *total, uint64_t held_ns);

#endif
