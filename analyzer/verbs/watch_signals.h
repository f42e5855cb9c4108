/* SPDX-License-Identifier: MIT */
/* Takes signals between samples, so that the terminal is restored before one ends finleak. */
#ifndef FINLEAK_WATCH_SIGNALS_H
#define FINLEAK_WATCH_SIGNALS_H

#include <signal.h>

/*
 * Blocks the signals that end a program or resize its terminal, unless they are ignored; SIGINT
 * always. Returns a signalfd for them, and in *BEFORE the mask to restore.
 */
int watch_signals_take(sigset_t *before);

/* Closes the signalfd SIGNALS and restores the mask. PENDING (0 none), one of them, ends finleak.
 */
void watch_signals_release(int signals, int pending, const sigset_t *before);

#endif
