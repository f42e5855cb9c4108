/* SPDX-License-Identifier: MIT */
/* Which sockets that no recorded call opened a process has from a program outside. */
#ifndef FINLEAK_UNRECORDED_SHARED_H
#define FINLEAK_UNRECORDED_SHARED_H

#include "analyzer/observer/observe_holders.h"

/*
 * Marks what got stuck in PROCESSES (COUNT) and is also open in a process that is none of them and
 * was not started by the holder: it was inherited or passed, and the other one answers for it.
 */
void unrecorded_shared_find(const struct observed_process *processes, size_t count);

#endif
