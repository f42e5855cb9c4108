/* SPDX-License-Identifier: MIT */
/* How a socket came into the process that holds it: opened there, or inherited from another one. */
#ifndef FINLEAK_ORIGIN_H
#define FINLEAK_ORIGIN_H

#include "analyzer/rules/evidence.h"

/*
 * Of HOLDING, one of LIFE. END_NS and END_KNOWN: the end of its process, or of the image that exec
 * replaced it by. Nothing is allocated.
 */
struct origin origin_of(const struct socket_life *life, const struct holding *holding,
			uint64_t end_ns, bool end_known);

/*
 * Did HEIR get the socket from PROCESS, directly or by way of others? SOURCE: how it had come into
 * PROCESS (enum recorded_source).
 */
bool origin_gave(const struct process *process, uint8_t source, const struct process *heir);

#endif
