/* SPDX-License-Identifier: MIT */
/* Finds out whether and when a recorded process ended. */
#ifndef FINLEAK_PROCESS_END_H
#define FINLEAK_PROCESS_END_H

#include "analyzer/recordings/process.h"

/* The recordings that processes of this machine map; read from /proc when first needed. */
struct mapped_recordings;

struct mapped_recordings *mapped_recordings_new(void);
void mapped_recordings_free(struct mapped_recordings *mapped);

/*
 * The recording that the running process PID maps; NULL if it has no recorder or its maps can't be
 * read. The caller frees the path.
 */
char *process_recording_path(int pid);

/* Sets state, end_ns and end_known of PROCESS, whose recording is set. */
void process_find_end(struct process *process, struct mapped_recordings *mapped);

/*
 * How many forked children that got a tracked socket from the process of HEADER live and may make
 * their recording yet: they map their parent's, the file of DEVICE and INODE, until then.
 */
uint64_t heirs_under_way(const struct recording_header *header, uint64_t device, uint64_t inode,
			 struct mapped_recordings *mapped);

/* Does the process of RECORDING run on this machine, under the PID in its header? */
bool process_runs_here(const struct recording *recording);

#endif
