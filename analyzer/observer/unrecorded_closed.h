/* SPDX-License-Identifier: MIT */
/* A TCP socket in state CLOSE, which no table has, that no recorded call opened. */
#ifndef FINLEAK_UNRECORDED_CLOSED_H
#define FINLEAK_UNRECORDED_CLOSED_H

#include "analyzer/observer/observe_holders.h"
#include "analyzer/observer/observe_unlisted.h"
#include "analyzer/observer/recorded_cookies.h"

/*
 * Examines descriptor FD of PROCESS, a socket outside SAMPLE's table, through a copy of it (SOURCE
 * is the process), and adds it to the observation if it is a connection that has ended and that is
 * not among RECORDED. Returns whether it is.
 */
bool unrecorded_closed_add(const struct sample *sample, const struct observed_process *process,
			   const struct recorded_cookies *recorded, struct unlisted_source *source,
			   int fd);

#endif
