/* SPDX-License-Identifier: MIT */
/* What a thread that sleeps in a futex waits for, by the function of libc that its code called. */
#ifndef FINLEAK_THREAD_WAITS_H
#define FINLEAK_THREAD_WAITS_H

#include "analyzer/report/report.h"

/*
 * "a mutex (pthread_mutex_lock())", by the frames that STACK's site called, else by the site's line
 * of source. NULL: not known, or STACK is NULL. Static.
 */
const char *thread_waits_for(const struct report_stack *stack, struct symbolizer *symbolizer);

/* Are these words of thread_waits_for() about a lock, which somebody holds? */
bool thread_waits_for_lock(const char *waits);

/* ... one that only the thread which has locked it may unlock? */
bool thread_waits_for_mutex(const char *waits);

#endif
