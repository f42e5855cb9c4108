/* SPDX-License-Identifier: MIT */
/* Who polls the epoll descriptors that watch sockets in CLOSE_WAIT. */
#ifndef FINLEAK_OBSERVE_POLLERS_H
#define FINLEAK_OBSERVE_POLLERS_H

#include "analyzer/recordings/observation.h"
#include "analyzer/recordings/recording_snapshot.h"

/*
 * Adds to OBSERVATION, whose sockets know their epoll descriptors, one row for each of these: by
 * RECORDING, which thread polled it last (0: none ever did) and when; and what that thread, or the
 * only one of the process, is doing now; or was by the sample before, PREVIOUS (NULL: none), if it
 * slept then and has not polled since.
 */
void observe_pollers(struct observation *observation, const struct recording *recording,
		     const struct observation *previous);

#endif
