/* SPDX-License-Identifier: MIT */
/* Sockets that the process has closed and that remain in its observation. */
#ifndef FINLEAK_OBSERVE_CLOSED_H
#define FINLEAK_OBSERVE_CLOSED_H

#include "analyzer/observer/sample.h"
#include "analyzer/recordings/observation.h"

/*
 * Adds to NOW, which has all the open sockets of its process, those of PREVIOUS (NULL: none) that
 * it has closed since, with closed_ns, for one sample; and those that a process without a recording
 * holds, as long as SAMPLE has them in CLOSE_WAIT.
 */
void observe_closed(struct observation *now, const struct sample *sample,
		    const struct observation *previous);

#endif
