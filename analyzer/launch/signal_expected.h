/* SPDX-License-Identifier: MIT */
/* Whether a process is prepared for a signal whose default action would end it. */
#ifndef FINLEAK_SIGNAL_EXPECTED_H
#define FINLEAK_SIGNAL_EXPECTED_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Does process PID catch, ignore or block SIGNAL, or wait for it (sigwait() and its relatives)?
 * True if /proc does not show it.
 */
bool signal_is_expected(pid_t pid, int signal);

#endif
