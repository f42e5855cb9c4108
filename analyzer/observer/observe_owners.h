/* SPDX-License-Identifier: MIT */
/* What the threads are doing that should handle sockets that none handles. */
#ifndef FINLEAK_OBSERVE_OWNERS_H
#define FINLEAK_OBSERVE_OWNERS_H

#include "analyzer/recordings/observation.h"
#include "analyzer/recordings/recording_snapshot.h"

/*
 * Adds to OBSERVATION, whose listeners, sockets and pollers are complete, the threads that by
 * RECORDING used a socket last whose end is unread, accepted last where connections wait, or poll
 * for a socket whose peer has closed. What such a thread was doing in PREVIOUS (NULL: none) shows
 * since when it does the same.
 */
void observe_owners(struct observation *observation, const struct observation *previous,
		    const struct recording *recording);

#endif
