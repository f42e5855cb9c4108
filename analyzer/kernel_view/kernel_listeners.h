/* SPDX-License-Identifier: MIT */
/* What listens where: the sockets of a look by which connections come in. */
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
 * What listens on address LOCAL in NAMESPACE; NULL nothing. Of several (SO_REUSEPORT) the kernel
 * does not tell by which one a connection came: then the one where most of them wait.
 */
const struct kernel_socket *kernel_listener_of(const struct kernel_listeners *listeners,
					       uint64_t namespace,
					       const struct recorded_address *local);

#endif
