/* SPDX-License-Identifier: MIT */
/* The sockets that a process has, though no event has shown how it opened them, by the kernel. */
#ifndef FINLEAK_ATTACHED_BEFORE_H
#define FINLEAK_ATTACHED_BEFORE_H

#include "analyzer/attach/attached_process.h"

/* What was found. */
struct attached_before {
	size_t open;       /* TCP sockets */
	size_t close_wait; /* of those: the peer has closed */
};

/*
 * Calls TAKE with CONTEXT for each TCP socket that PROCESS has open at a descriptor from FIRST on,
 * as an event would show it, but for its address in the kernel. Returns 0 or an errno: its
 * descriptors can't be read.
 */
typedef void attached_take_open(struct attached_process *process, int fd,
				const struct attach_socket *socket, void *context);
int attached_each_open(struct attached_process *process, int first, attached_take_open *take,
		       void *context);

/* Adds those that PROCESS had before its recording began. Returns 0 or an errno, as above. */
int attached_take_before(struct attached_process *process, struct attached_before *before);

#endif
