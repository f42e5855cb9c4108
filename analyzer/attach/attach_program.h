/* SPDX-License-Identifier: MIT */
/* The BPF program in the kernel: loads it, names the processes to record, reads it. */
#ifndef FINLEAK_ATTACH_PROGRAM_H
#define FINLEAK_ATTACH_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/attach/attach_event.h"

struct attach_program;

/*
 * Takes EVENT, which is valid during the call. Of kind ATTACH_EVENT_SCRIPTS it is a struct
 * attach_scripts.
 */
typedef void attach_take(void *context, const struct attach_event *event);

/*
 * Loads the program and lets it see system calls; each event of a process that was added goes to
 * TAKE with CONTEXT, in attach_program_read(). NULL with one line in REASON: what is missing, and
 * what helps.
 */
struct attach_program *attach_program_start(attach_take *take, void *context, char *reason,
					    size_t size);

/* Nothing is seen any more. */
void attach_program_end(struct attach_program *program);

/* A descriptor that is readable when there are events. */
int attach_program_fd(const struct attach_program *program);

/* Takes all events that are there. */
void attach_program_read(struct attach_program *program);

/* From now on process PID is recorded; no longer. */
bool attach_program_add(struct attach_program *program, int pid);
void attach_program_remove(struct attach_program *program, int pid);

/* From now on up to STACK_LIMIT bytes are copied of the stacks of PID; as many as there are. */
void attach_program_limit(struct attach_program *program, int pid, uint32_t stack_limit);
void attach_program_unlimit(struct attach_program *program, int pid);

/*
 * From now on events with a stack like KNOWN, found by KEY whatever its way, come with its number,
 * without a copy.
 */
void attach_program_know(struct attach_program *program, const struct attach_stack_key *key,
			 const struct attach_known_stack *known);

/* From now on events of PID come with the frames of its scripts, which are where PYTHON states. */
void attach_program_python(struct attach_program *program, int pid,
			   const struct attach_python *python);

/* Calls TAKE with CONTEXT for each epoll descriptor that somebody has waited on. */
typedef void attach_take_poller(void *context, const struct attach_number *key,
				const struct attach_poller *poller);
void attach_program_each_poller(const struct attach_program *program, attach_take_poller *take,
				void *context);

/*
 * PID runs the program PATH, or is about to: a Go program shows from now on who asks for a
 * connection that another goroutine opens. No longer.
 */
void attach_program_watch(struct attach_program *program, int pid, const char *path);
void attach_program_leave(struct attach_program *program, int pid);

/* How many events were lost so far: they came faster than they were read. */
uint64_t attach_program_lost(const struct attach_program *program);

#endif
