/* SPDX-License-Identifier: MIT */
/*
 * Connections that no descriptor holds: closed by their program and not yet by the kernel
 * (TIME_WAIT, FIN_WAIT_2, ...), or waiting to be accepted. The kernel does not keep whose they
 * were. What came in by a listener is told by the address that both have; what a program opened
 * itself can't be told from anybody else's.
 */
#ifndef FINLEAK_KERNEL_UNOWNED_H
#define FINLEAK_KERNEL_UNOWNED_H

#include "analyzer/kernel_view/kernel_listeners.h"
#include "analyzer/kernel_view/kernel_namespace.h"

/* What came in by one listener. */
struct unowned_of_listener {
	const struct kernel_socket *listener;
	uint64_t states[KERNEL_STATES];
	bool claimed;
};

struct unowned_sockets {
	struct unowned_of_listener *list; /* by the listener's cookie */
	size_t count;
};

/*
 * Counts those of SOCKETS, whose listeners are LISTENERS; both must outlive UNOWNED. End with
 * unowned_sockets_clear.
 */
void unowned_sockets_count(struct unowned_sockets *unowned, const struct kernel_sockets *sockets,
			   const struct kernel_listeners *listeners);
void unowned_sockets_clear(struct unowned_sockets *unowned);

/*
 * Adds to STATES what came in by the listener with COOKIE. Several processes may have it: the first
 * one that asks gets them, the others nothing.
 */
void unowned_sockets_claim(struct unowned_sockets *unowned, uint64_t cookie,
			   uint64_t states[KERNEL_STATES]);

/*
 * Sets time_wait of each of NAMESPACES: how many of SOCKETS there are in TIME_WAIT and came in by
 * none of LISTENERS.
 */
void unowned_sockets_count_unattributed(struct kernel_namespaces *namespaces,
					const struct kernel_sockets *sockets,
					const struct kernel_listeners *listeners);

#endif
