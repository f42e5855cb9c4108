/* SPDX-License-Identifier: MIT */
/*
 * TCP sockets of the processes observed that no recorded call opened: those of a program that makes
 * system calls of its own, as Go does. The kernel's table shows which there are, /proc/PID/fd
 * whose.
 */
#ifndef FINLEAK_OBSERVE_UNRECORDED_H
#define FINLEAK_OBSERVE_UNRECORDED_H

#include "analyzer/observer/observe_holders.h"
#include "analyzer/observer/unrecorded_table.h"

/*
 * Adds to the observations of PROCESSES (COUNT, stand-ins last) those of their sockets in SAMPLE
 * that none of the recordings has. Descriptors are listed for at most a twentieth of the time, and
 * only where the table has sockets of unknown owners; THOROUGH: now, whatever it costs.
 */
void observe_unrecorded(struct unrecorded_memory *memory, struct sample *sample,
			const struct observed_process *processes, size_t count, bool thorough);

#endif
