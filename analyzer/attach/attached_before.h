/* SPDX-License-Identifier: MIT */
/* The sockets that a process had before its recording began, from the kernel's tables. */
#ifndef FINLEAK_ATTACHED_BEFORE_H
#define FINLEAK_ATTACHED_BEFORE_H

#include "analyzer/attach/attached_process.h"

/* What was found. */
struct attached_before {
	size_t open;       /* TCP sockets */
	size_t close_wait; /* of those: the peer has closed */
};

/*
 * Adds the TCP sockets that PROCESS has open, from descriptor FIRST on, to its recording: it came
 * to them by SOURCE. Returns 0 or an errno: its descriptors can't be read.
 */
int attached_take_before(struct attached_process *process, enum recorded_source source, int first,
			 struct attached_before *before);

#endif
