/* SPDX-License-Identifier: MIT */
/* The kernel's TCP sockets at one time, in the network namespaces of the processes observed. */
#ifndef FINLEAK_SAMPLE_H
#define FINLEAK_SAMPLE_H

#include "analyzer/kernel_view/kernel_listeners.h"
#include "analyzer/kernel_view/kernel_namespace.h"
#include "analyzer/kernel_view/kernel_unowned.h"

/* A connection that nobody has accepted, and whose peer has closed. */
struct pending_connection {
	const struct kernel_socket *socket, *listener;
	bool claimed; /* by a process that has the listener */
};

struct sample {
	uint64_t now_ns;
	bool counts_time_wait;         /* false: connections in TIME_WAIT are left out */
	struct kernel_sockets sockets; /* by cookie */
	struct kernel_listeners listeners;
	struct unowned_sockets unowned;
	struct pending_connection *pending;
	size_t pending_count;
};

/*
 * Adds the sockets of NETNS to SAMPLE (zeroed but for the first two members). A refusal of
 * the kernel is left in NETNS->failure.
 */
void sample_add_namespace(struct sample *sample, struct kernel_namespace *netns);

/*
 * Sorts SAMPLE and relates connections to listeners; sets time_wait of NAMESPACES where SAMPLE
 * counts it. Call it once, after the last sample_add_namespace; end with sample_clear.
 */
void sample_complete(struct sample *sample, struct kernel_namespaces *namespaces);
void sample_clear(struct sample *sample);

/* The socket with COOKIE in SAMPLE; NULL none. */
const struct kernel_socket *sample_find(const struct sample *sample, uint64_t cookie);

#endif
