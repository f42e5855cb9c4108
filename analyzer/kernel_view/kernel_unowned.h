/* SPDX-License-Identifier: MIT */
/*
 * Connections that no descriptor holds: closed by their program and not yet gone (TIME_WAIT,
 * FIN_WAIT_2, ...), or waiting to be accepted. The kernel does not keep their process. What came in
 * by a listener has its address; what a program opened itself has no such sign.
 */
#ifndef FINLEAK_KERNEL_UNOWNED_H
#define FINLEAK_KERNEL_UNOWNED_H

#include "analyzer/kernel_view/kernel_listeners.h"
#include "analyzer/kernel_view/kernel_namespace.h"

/* A connection whose age in its state is known: the kernel drops it after a fixed time. */
struct unowned_aged {
	double since_ms; /* in this state, since boot */
	uint8_t state;   /* enum kernel_state */
};

/* What came in by one listener, or by an earlier one on its address. */
struct unowned_of_listener {
	const struct kernel_socket *listener;
	uint64_t states[KERNEL_STATES]; /* of unknown age */
	struct unowned_aged *aged;
	size_t aged_count;
};

struct unowned_sockets {
	struct unowned_of_listener *list; /* by the listener's cookie */
	size_t count;
};

/*
 * Counts those of SOCKETS, whose listeners are LISTENERS and which live in NAMESPACES; the first
 * two must outlive UNOWNED. End with unowned_sockets_clear.
 */
void unowned_sockets_count(struct unowned_sockets *unowned, const struct kernel_sockets *sockets,
			   const struct kernel_listeners *listeners,
			   const struct kernel_namespaces *namespaces);
void unowned_sockets_clear(struct unowned_sockets *unowned);

/*
 * Adds to STATES what came in by the listener with COOKIE, except for what has been in its state
 * since before START_MS (since boot), when the claiming process began: that is an earlier process'.
 * Several processes may have the listener: each connection goes to the first of them that claims
 * it.
 */
void unowned_sockets_claim(struct unowned_sockets *unowned, uint64_t cookie, double start_ms,
			   uint64_t states[KERNEL_STATES]);

/*
 * Sets time_wait of each of NAMESPACES: how many of SOCKETS there are in TIME_WAIT and came in by
 * none of LISTENERS.
 */
void unowned_sockets_count_unattributed(struct kernel_namespaces *namespaces,
					const struct kernel_sockets *sockets,
					const struct kernel_listeners *listeners);

#endif
