/* SPDX-License-Identifier: MIT */
/* The recorder's last act: it asks the kernel for every open socket. Signal-safe. */
#ifndef FINLEAK_EXIT_SAMPLE_H
#define FINLEAK_EXIT_SAMPLE_H

#include <stdint.h>
#include "preload/process/visit.h"
#include "preload/recording/recording.h"

/*
 * Stores state, queue and addresses of each open socket, and drops those that ended unseen. Up to
 * eight system calls a socket. VISIT has a recording.
 */
void exit_sample(const struct visit *visit);

/*
 * Ahead of an exec: marks the sockets that it closes (LIFE_EXEC_CLOSES). Two system calls a
 * descriptor. VISIT has a recording.
 */
void exit_sample_exec(const struct visit *visit);

/* How the recording ends (END_NONE: it does not), and for an exec where. VISIT has a recording. */
void exit_sample_publish_end(const struct visit *visit, enum recording_end end, uint32_t stack);

#endif
