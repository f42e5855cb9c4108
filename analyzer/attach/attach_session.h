/* SPDX-License-Identifier: MIT */
/* The processes that are recorded from the kernel at a time, and what is done for them in turn. */
#ifndef FINLEAK_ATTACH_SESSION_H
#define FINLEAK_ATTACH_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/attach/attached_before.h"

struct attach_session;

/*
 * Begins, with recordings in FOLDER (absolute; it outlives the session). NULL with one line in
 * REASON: the kernel does not let finleak record. End with attach_session_end.
 */
struct attach_session *attach_session_begin(const char *folder, char *reason, size_t size);

/*
 * Records process PID from now on, and what it starts. *before: what it had open. False with one
 * line in REASON.
 */
bool attach_session_add(struct attach_session *session, int pid, struct attached_before *before,
			char *reason, size_t size);

/*
 * Records process PID from now on, which has no socket and is about to become the program
 * EXECUTABLE ("" unknown). False, with errno: it can't be.
 */
bool attach_session_follow(struct attach_session *session, int pid, const char *executable);

/* Is PID among them? */
bool attach_session_knows(const struct attach_session *session, int pid);

/* A descriptor that is readable when there are events: then attach_session_read() takes them. */
int attach_session_fd(const struct attach_session *session);
void attach_session_read(struct attach_session *session);

/* How many processes run. */
size_t attach_session_running(const struct attach_session *session);

/* Asks the kernel for the sockets of all processes. THOROUGH: the sample may be the last. */
void attach_session_sample(struct attach_session *session, bool thorough);

/* How much CPU time the last sample has cost, ns. */
uint64_t attach_session_cost_ns(const struct attach_session *session);

/* Lets go of all processes, which run on; their recordings are complete. */
void attach_session_end(struct attach_session *session);

#endif
