/* SPDX-License-Identifier: MIT */
/*
 * Does a signal end the process that sends it? By bare system calls, which leave errno alone; by
 * none, and no, where the process is not recorded. Any thread, signal-safe.
 */
#ifndef FINLEAK_OWN_SIGNAL_H
#define FINLEAK_OWN_SIGNAL_H

#include <stdbool.h>
#include <sys/types.h>

/* Does a signal to PID, as kill() takes it, reach the calling process? */
bool own_signal_reaches(pid_t pid);

/* Is signal NUMBER left to its default, and is that to end the process? */
bool own_signal_ends(int number);

#endif
