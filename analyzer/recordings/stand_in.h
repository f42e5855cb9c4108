/* SPDX-License-Identifier: MIT */
/*
 * A process without the recorder in it: what the kernel showed of it is all there is. An empty
 * recording stands in for the one that it did not make, so that whoever joins and judges treats it
 * like the others: its sockets are those that no recorded call opened.
 */
#ifndef FINLEAK_STAND_IN_H
#define FINLEAK_STAND_IN_H

#include "analyzer/recordings/recording_snapshot.h"

/* Where the recording of process PID of run number RUN in FOLDER would be: its observation is
 * beside that path. The caller frees it. */
char *stand_in_path(const char *folder, int pid, uint64_t run);

/* Is NAME, the base name of a recording or an observation, of such a path? Fills what it names. */
bool stand_in_parse(const char *name, int *pid, uint64_t *run);

/* An empty recording at PATH of process PID, which runs COMMAND. End with recording_free. */
struct recording *stand_in_recording(const char *path, int pid, const char *command);

/*
 * Gives RECORDING, a new stand-in, the modules that its process has: COUNT rows, whose paths lie in
 * TEXTS, SIZE bytes that end with a NUL. Both blocks, on the heap, are RECORDING's from now on.
 */
void stand_in_give_modules(struct recording *recording, struct recorded_module *modules,
			   size_t count, char *texts, size_t size);

#endif
