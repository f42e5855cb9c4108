/* SPDX-License-Identifier: MIT */
/* Children of a test: waiting for them, and what they report through shared memory. */
#ifndef FINLEAK_TESTS_CHILDREN_H
#define FINLEAK_TESTS_CHILDREN_H

#include <sys/types.h>
#include "preload/recording/recording.h"

/* Makes the shared memory. Called once, ahead of any child. */
void children_start(void);

/* Wait for the end of a child, and give its exit status; -1: a signal ended it. */
int wait_for_child(pid_t child);
int wait_for_any_child(void);
/* Whom wait_for_any_child() found. */
pid_t reaped_pid(void);

/* In a child: what its recording says of FD now, for reported() in the parent. */
void report_row(int fd);
const struct recorded_socket *reported(void);
/* Likewise its process id. */
void report_pid(void);
pid_t reported_pid(void);

#endif
