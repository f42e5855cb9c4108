/* SPDX-License-Identifier: MIT */
/* A `finleak run` that is under way, named by its own pid: what it started is meant. */
#ifndef FINLEAK_STARTED_RUN_H
#define FINLEAK_STARTED_RUN_H

#include <stdbool.h>
#include <stddef.h>

/* Is process PID a `finleak run` that has started its program? */
bool started_run_is(int pid);

/*
 * The pids of all processes that descend from PID, but finleak's own, ascending; *count of them.
 * The caller frees them.
 */
int *started_run_processes(int pid, size_t *count);

/*
 * The folder of the recordings of the `finleak run` PID, by its processes. They begin to record
 * soon after it has started: waits for that for up to WAIT_NS. NULL: none of them is recorded. The
 * caller frees it.
 */
char *started_run_folder(int pid, unsigned long long wait_ns);

#endif
