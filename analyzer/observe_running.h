/* SPDX-License-Identifier: MIT */
/* Asks the kernel about those recorded processes that run still. */
#ifndef FINLEAK_OBSERVE_RUNNING_H
#define FINLEAK_OBSERVE_RUNNING_H

#include "analyzer/recordings.h"

/*
 * Looks twice at the running processes among RECORDINGS, APART_NS in between, and brings their
 * observations up to date. Without running ones it does nothing.
 */
void observe_running(struct recordings *recordings, uint64_t apart_ns);

#endif
