/* SPDX-License-Identifier: MIT */
/*
 * Says on the terminal how far long work has come: nothing where stderr is no terminal, nothing in
 * the first second, and what was shown is cleared when the work is done. One work at a time.
 */
#ifndef FINLEAK_PROGRESS_H
#define FINLEAK_PROGRESS_H

#include <stddef.h>

/* Until it is called nothing is shown: a live screen has the terminal for itself. */
void progress_allow(void);

/* WHAT ("reading recordings") lives until progress_end. TOTAL: steps to do. */
void progress_begin(const char *what, size_t total);

/* One more step is done. */
void progress_step(void);

/* Shows "WHAT NAME" at once, until the next step: work of which nobody knows how long it takes. */
void progress_wait(const char *what, const char *name);

void progress_end(void);

#endif
