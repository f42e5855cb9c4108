/* SPDX-License-Identifier: MIT */
/* /proc of a process whose first thread has ended. */
#ifndef FINLEAK_PROC_TASK_H
#define FINLEAK_PROC_TASK_H

#include <stdbool.h>

/*
 * The thread by which /proc shows what those of process PID share: descriptors, memory, namespaces.
 * That is PID itself, unless main() has ended its thread alone (pthread_exit()): then PID is a
 * zombie without any of these until the last thread ends, and another thread is returned.
 */
int proc_task(int pid);

/* Have all threads of PID, whose first one is a zombie, ended? */
bool proc_task_none(int pid);

/* Opens the executable of PID to read, whatever it is. The caller closes it; -1: it can't be. */
int proc_task_executable(int pid);

#endif
