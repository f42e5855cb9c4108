/* SPDX-License-Identifier: MIT */
#ifndef FINLEAK_AWAIT_DYING_H
#define FINLEAK_AWAIT_DYING_H

#include "analyzer/launch/process_watch.h"

/*
 * PROGRAM has ended. A process that it killed, or that was to be killed with it, may be about to
 * end: waits until WATCH has stamped all such recordings, for ten seconds at most.
 */
void await_dying(struct process_watch *watch);

#endif
