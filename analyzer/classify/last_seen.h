/* SPDX-License-Identifier: MIT */
/* What the kernel's latest word on a socket is, from looks outside and from that at the exit. */
#ifndef FINLEAK_LAST_SEEN_H
#define FINLEAK_LAST_SEEN_H

#include "analyzer/classify/kernel_judge.h"

/* The last that is known of a socket in one process, by a look from outside or at its exit. */
struct last_seen {
	uint64_t sampled_ns;
	uint64_t stuck_ns; /* for how long it had been so, at least */
	uint8_t state;     /* enum kernel_state; 0: nothing is known */
	struct kernel_evidence evidence;
};

/* By a look from outside. */
struct last_seen last_seen_by_sighting(const struct observed_socket *socket);

/* In the process of HOLDING, by all looks. */
struct last_seen last_seen_of(const struct socket_life *life, const struct holding *holding);

#endif
