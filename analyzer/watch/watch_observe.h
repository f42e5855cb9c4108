/* SPDX-License-Identifier: MIT */
/* Observations of recorded processes, from one sample to the next. */
#ifndef FINLEAK_WATCH_OBSERVE_H
#define FINLEAK_WATCH_OBSERVE_H

#include "analyzer/observer/observer.h"
#include "analyzer/recordings/recordings.h"

/*
 * Samples the running processes among RECORDINGS and updates their observations. BEFORE (NULL none)
 * has those of the last sample: history continues from there. Observations of processes that have
 * ended move from BEFORE to RECORDINGS; afterwards BEFORE may only be freed. THOROUGH as for
 * observer_sample.
 */
void watch_observe(struct observer *observer, struct recordings *recordings,
		   struct recordings *before, bool thorough);

/* The same without a sample. A process that was killed since is known to have run at the last one.
 */
void watch_observe_nothing(struct recordings *recordings, struct recordings *before);

#endif
