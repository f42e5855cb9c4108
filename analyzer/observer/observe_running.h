/* SPDX-License-Identifier: MIT */
/* Samples the recorded processes that are still running. */
#ifndef FINLEAK_OBSERVE_RUNNING_H
#define FINLEAK_OBSERVE_RUNNING_H

#include "analyzer/recordings/recordings.h"

/*
 * Samples the running processes among RECORDINGS twice, APART_NS apart, and updates their
 * observations. Returns false if there are none; true: it took that time, and the recordings should
 * be read again.
 */
bool observe_running(struct recordings *recordings, uint64_t apart_ns);

/*
 * Observes the processes among RECORDINGS that run, and returns them as they are then, read again:
 * recordings that were created during the samples are included. RECORDINGS, which the call takes
 * over, were read from PATHS without EXCEPT (recordings.h).
 */
struct recordings *recordings_observe(struct recordings *recordings, char *const *paths,
				      size_t count, char **except, size_t except_count,
				      uint64_t apart_ns);

#endif
