/* SPDX-License-Identifier: MIT */
/* Signals by which a process ends itself. */
#ifndef FINLEAK_OWN_SIGNAL_H
#define FINLEAK_OWN_SIGNAL_H

#include <sys/types.h>

/*
 * Signal NUMBER is about to be sent to PID, as kill(2) takes it (0: the caller and its group).
 * Where it ends the calling process, the recording's end is noted. By bare system calls, which
 * leave errno alone; by none where the process is not recorded. Any thread, signal-safe.
 */
void own_signal_before(pid_t pid, int number);

#endif
