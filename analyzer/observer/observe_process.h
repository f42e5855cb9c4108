/* SPDX-License-Identifier: MIT */
/* Compares the rows that one process recorded with a sample of the kernel's sockets. */
#ifndef FINLEAK_OBSERVE_PROCESS_H
#define FINLEAK_OBSERVE_PROCESS_H

#include "analyzer/observer/sample.h"
#include "analyzer/recordings/observation.h"
#include "analyzer/recordings/recording_snapshot.h"

/*
 * What SAMPLE shows of process PID with RECORDING; PREVIOUS (NULL: none) shows since when. Claims
 * pending and unowned connections of SAMPLE for the process. The caller frees the observation.
 */
struct observation *observe_process(struct sample *sample, int pid,
				    const struct recording *recording,
				    const struct observation *previous);

#endif
