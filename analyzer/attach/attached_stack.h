/* SPDX-License-Identifier: MIT */
/* The stacks of events, in the ledger of their process. */
#ifndef FINLEAK_ATTACHED_STACK_H
#define FINLEAK_ATTACHED_STACK_H

#include "analyzer/attach/attached_process.h"

/*
 * The id of EVENT's stack; 0: it could not be taken (counted as lost). As in a recording that was
 * made in the process, it begins where libc was called. PROCESS has a recording.
 */
uint32_t attached_stack(struct attached_process *process, const struct attach_event *event);

/*
 * Adds stack ID of FROM to the ledger of TO, which runs the same code; 0 where ID is 0, or there is
 * no room. Both have a recording.
 */
uint32_t attached_stack_copy(struct attached_process *to, const struct attached_process *from,
			     uint32_t id);

/*
 * The id of stack UPPER of PROCESS, which goes on as LOWER behind the frame that BACK returns to;
 * UPPER where it has no such frame, or there is no room.
 */
uint32_t attached_stack_joined(struct attached_process *process, uint32_t upper, uint64_t back,
			       uint32_t lower);

#endif
