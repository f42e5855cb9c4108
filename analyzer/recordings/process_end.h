/* SPDX-License-Identifier: MIT */
/* Whether and when a recorded process ended. */
#ifndef FINLEAK_PROCESS_END_H
#define FINLEAK_PROCESS_END_H

#include "analyzer/recordings/process.h"

/* The recordings that processes of this machine map: looked for when first needed. */
struct mapped_recordings;

struct mapped_recordings *mapped_recordings_new(void);
void mapped_recordings_free(struct mapped_recordings *mapped);

/*
 * The file that the running process PID records to, by its maps; NULL where it has no recorder or
 * its maps may not be read. The caller frees it.
 */
char *process_recording_path(int pid);

/* Sets the state and the end of PROCESS, whose recording is there. */
void process_find_end(struct process *process, struct mapped_recordings *mapped);

/* Does the process of RECORDING run here, under the pid by which it knows itself? */
bool process_runs_here(const struct recording *recording);

#endif
