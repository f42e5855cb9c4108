/* SPDX-License-Identifier: MIT */
/*
 * Shows the progress of long work on the terminal. Nothing is shown if stderr is no terminal, nor
 * in the first second; the line is cleared when the work is done. One work at a time.
 */
#ifndef FINLEAK_PROGRESS_H
#define FINLEAK_PROGRESS_H

#include <stddef.h>

/* Until this is called nothing is shown: a live screen owns the terminal. */
void progress_allow(void);

/* WHAT ("reading recordings") must live until progress_end. TOTAL: steps to do. */
void progress_begin(const char *what, size_t total);

/* One more step is done. */
void progress_step(void);

/* Shows "WHAT NAME" at once, until the next step: for work that may take any time. */
void progress_wait(const char *what, const char *name);

void progress_end(void);

#endif
