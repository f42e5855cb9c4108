/* SPDX-License-Identifier: MIT */
/* What the kernel shows of recorded processes, from one look to the next. */
#ifndef FINLEAK_WATCH_OBSERVE_H
#define FINLEAK_WATCH_OBSERVE_H

#include "analyzer/observer/observer.h"
#include "analyzer/recordings/recordings.h"

/*
 * Looks at the running processes among RECORDINGS and brings their observations up to date. BEFORE
 * (NULL none) has those of the last look: what was seen first, and since when, goes on from there.
 * What it knows of processes that have ended it gives away; BEFORE is good for nothing but to be
 * freed then. THOROUGH as for observer_sample.
 */
void watch_observe(struct observer *observer, struct recordings *recordings,
		   struct recordings *before, bool thorough);

/* Without a look: RECORDINGS get what BEFORE knows, also that who was killed since ran then. */
void watch_observe_nothing(struct recordings *recordings, struct recordings *before);

#endif
