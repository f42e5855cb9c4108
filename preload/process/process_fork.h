/* SPDX-License-Identifier: MIT */
/* The recorder around fork(). Signal-safe; errno is kept. */
#ifndef FINLEAK_PROCESS_FORK_H
#define FINLEAK_PROCESS_FORK_H

#include <stdbool.h>

struct ledger;

/* Creates the recording of a forked child that has inherited nothing. A visit_make_recording. */
bool process_start_child_recording(struct ledger *own);

/* Around fork(): in the parent before it, in the parent after it, in the child. */
void process_before_fork(void);
void process_after_fork_in_parent(void);
void process_after_fork_in_child(void);

/* The fork has failed, which only its caller learns: there is no heir. */
void process_fork_failed(void);

/* Is there another thread, which may close and open sockets meanwhile? True where unknown. */
bool process_has_threads(void);

/*
 * From the next fork on the parent ends inside libc, unseen: daemon(3). The parent's end is noted
 * when it has forked.
 */
void process_parent_will_end(bool will_end);

#endif
