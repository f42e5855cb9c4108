/* SPDX-License-Identifier: MIT */
/* When `finleak run` samples its processes: regularly, on SIGUSR1, and before a likely end. */
#ifndef FINLEAK_LAUNCH_OBSERVE_H
#define FINLEAK_LAUNCH_OBSERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/launch/family.h"
#include "analyzer/launch/process_watch.h"

/*
 * Samples the processes of WATCH, and FAMILY, every PERIOD_NS (0: the family alone, each second).
 * Both must outlive what is returned; end with launch_observe_end.
 */
struct launch_observe *launch_observe_begin(struct process_watch *watch, struct family *family,
					    uint64_t period_ns);
void launch_observe_end(struct launch_observe *observe);

/* Are the kernel's sockets sampled? OBSERVE NULL: no. */
bool launch_observe_asks_kernel(const struct launch_observe *observe);

/* ms until the next sample is due, for poll(). */
int launch_observe_due_ms(const struct launch_observe *observe);

/* Takes a sample if one is due. */
void launch_observe_if_due(struct launch_observe *observe);

/* Takes a thorough sample now. */
void launch_observe_now(struct launch_observe *observe);

#endif
