/* SPDX-License-Identifier: MIT */
/*
 * What came next: the first call that a thread makes on any tracked descriptor after it learned
 * that a connection is finished. As preload/events/next_call.h, for threads of other processes.
 */
#ifndef FINLEAK_ATTACHED_NEXT_H
#define FINLEAK_ATTACHED_NEXT_H

#include "analyzer/attach/attached_process.h"

/* The thread of EVENT has just learned that HELD is finished. */
void attached_next_expect(struct attached_process *process, const struct attach_event *event,
			  struct held_socket held);

/* It calls NEXT on FD, which is row INDEX, at STACK (0: it is taken here if needed). */
void attached_next_note(struct attached_process *process, const struct attach_event *event,
			enum recorded_next next, int fd, uint32_t index, uint32_t stack);

/* It is about to wait for events. */
void attached_next_polled(struct attached_process *process, const struct attach_event *event);

#endif
