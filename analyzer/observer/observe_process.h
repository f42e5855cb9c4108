/* SPDX-License-Identifier: MIT */
/* One process of a look: its recorded rows held against the kernel's table of sockets. */
#ifndef FINLEAK_OBSERVE_PROCESS_H
#define FINLEAK_OBSERVE_PROCESS_H

#include "analyzer/kernel_view/kernel_unowned.h"
#include "analyzer/recordings/observation.h"
#include "analyzer/recordings/recording_reader.h"

/* A connection that nobody has accepted, and whose peer is gone. */
struct pending_connection {
	const struct kernel_socket *socket, *listener;
	bool claimed; /* by a process that has the listener */
};

/* What one look found in the kernel. */
struct sample {
	uint64_t now_ns;
	bool counts_time_wait;         /* else connections in TIME_WAIT are left out */
	struct kernel_sockets sockets; /* by cookie */
	struct kernel_listeners listeners;
	struct unowned_sockets unowned;
	struct pending_connection *pending;
	size_t pending_count;
};

/*
 * What LOOK shows of process PID with RECORDING; PREVIOUS (NULL: none) says since when. The caller
 * frees it.
 */
struct observation *observe_process(struct sample *sample, int pid,
				    const struct recording *recording,
				    const struct observation *previous);

/* The socket with COOKIE in LOOK; NULL none. */
const struct kernel_socket *sample_find(const struct sample *sample, uint64_t cookie);

#endif
