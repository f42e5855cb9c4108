/* SPDX-License-Identifier: MIT */
/* Whether a program has done anything about a signal whose standard action would end it. */
#ifndef FINLEAK_SIGNAL_EXPECTED_H
#define FINLEAK_SIGNAL_EXPECTED_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Does process PID catch, ignore or block SIGNAL, or wait for it (sigwait() and its relatives)?
 * True where /proc does not tell.
 */
bool signal_is_expected(pid_t pid, int signal);

#endif
