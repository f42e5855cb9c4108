/* SPDX-License-Identifier: MIT */
/* The listening sockets of a sample, found by the local address of a connection. */
#ifndef FINLEAK_KERNEL_LISTENERS_H
#define FINLEAK_KERNEL_LISTENERS_H

#include "analyzer/kernel_view/kernel_sockets.h"

struct kernel_listeners {
	const struct kernel_socket **list; /* by port */
	size_t count;
};

/* Collects those of SOCKETS, which must outlive LISTENERS. End with kernel_listeners_clear. */
void kernel_listeners_find(struct kernel_listeners *listeners,
			   const struct kernel_sockets *sockets);
void kernel_listeners_clear(struct kernel_listeners *listeners);

/*
 * The listener on address LOCAL in NAMESPACE; NULL none. If there are several (SO_REUSEPORT), the
 * kernel does not say which one accepted a connection: then the one with the longest queue.
 */
const struct kernel_socket *kernel_listener_of(const struct kernel_listeners *listeners,
					       uint64_t namespace,
					       const struct recorded_address *local);

#endif
