/* SPDX-License-Identifier: MIT */
/*
 * Go: one goroutine asks for a connection, another one opens it. The stack of the former goes on
 * where that of the latter ends, so that it leads to the program's own code.
 */
#ifndef FINLEAK_ATTACHED_GOROUTINES_H
#define FINLEAK_ATTACHED_GOROUTINES_H

#include "analyzer/attach/attached_process.h"

/* A goroutine enters a function that has another one open what it wants; that one begins to. */
void attached_asked_for(struct attached_process *process, const struct attach_event *event);
void attached_taken(struct attached_process *process, const struct attach_event *event);

/* As attached_stack(), together with the stack of who asked for it. */
uint32_t attached_stack_and_asker(struct attached_process *process,
				  const struct attach_event *event);

#endif
