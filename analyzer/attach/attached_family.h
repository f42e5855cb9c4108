/* SPDX-License-Identifier: MIT */
/* Births and ends of attached processes. */
#ifndef FINLEAK_ATTACHED_FAMILY_H
#define FINLEAK_ATTACHED_FAMILY_H

#include "analyzer/attach/attached_process.h"

/* The parent of process PID; 0: PID is gone. */
int attached_parent_of(int pid);

/* Have all threads of PID ended? */
bool attached_has_ended(int pid);

/*
 * Process PID, whose birth was lost, from now on, with what it has open; recordings in FOLDER,
 * which outlives it. NULL: it has ended since.
 */
struct attached_process *attached_stranger(int pid, const char *folder);

/*
 * PARENT has forked, by EVENT: the child, which has its parent's sockets, and a recording if
 * these are any.
 */
struct attached_process *attached_forked(struct attached_process *parent,
					 const struct attach_event *event);

/* PROCESS is about to be replaced: what for is where it was spawned, or where exec was called. */
void attached_execing(struct attached_process *process, const struct attach_event *event);

/* A socket stays open in PROCESS while its program is replaced. */
void attached_kept(struct attached_process *process, const struct attach_event *event);

/* The program of PROCESS was replaced: its recording ends, another may begin. */
void attached_execed(struct attached_process *process, const struct attach_event *event);

/* PROCESS has ended; or it has, before NOW (ns), and the event was lost. */
void attached_exited(struct attached_process *process, const struct attach_event *event);
void attached_vanished(struct attached_process *process, uint64_t now);

/* PROCESS goes on, and is recorded no longer, from NOW (ns) on. */
void attached_detached(struct attached_process *process, uint64_t now);

#endif
