/* SPDX-License-Identifier: MIT */
/*
 * The words of a fix on the thread that should see to the sockets: what it does instead, for how
 * long, and who keeps it from them. Callers free what is no const.
 */
#ifndef FINLEAK_THREAD_ADVICE_H
#define FINLEAK_THREAD_ADVICE_H

#include "analyzer/report/report.h"

/* "sleeps in futex"; "" unknown. */
const char *thread_doing(const struct report_leak *leak);

/* The same, as a user would put it: "waits for a mutex (pthread_mutex_lock())". */
char *thread_doing_words(const struct report_leak *leak);

/* ", and has done so for at least 1.6 s"; "" where that is not known. */
char *thread_for_words(const struct report_leak *leak);

/* Does it wait for a lock? */
bool thread_is_locked(const struct report_leak *leak);

/*
 * The language that it runs, where its stack names no more than that and a command prints the rest.
 * NULL: another one.
 */
const struct language *thread_language(const struct report_leak *leak);

/* "thread 812 holds it and sleeps in read in rotate() (journal.c:20)" for HOLDS "holds it and". */
char *thread_holder_words(const struct report_leak *leak, const char *holds);

/* Where the lock was taken, of which that is known: "open_journal() (journal.c:12)". */
char *thread_locked_words(const struct report_leak *leak);

#endif
