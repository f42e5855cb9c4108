/* SPDX-License-Identifier: MIT */
/*
 * What the runs of a folder know beyond its recordings: the options that they judged by, whether a
 * process may have had a connection, and the processes that left no recording. Of those that had
 * sockets, as samples found, a recording that stands in is added (stand_in.h).
 */
#ifndef FINLEAK_RUNS_IN_FOLDER_H
#define FINLEAK_RUNS_IN_FOLDER_H

#include "analyzer/recordings/recording_set.h"

/* Adds to RECORDINGS what all runs in FOLDER know. */
void runs_in_folder(struct recordings *recordings, const char *folder);

/* Only the last run: what earlier ones left there does not belong to it; nor does it give options.
 */
void run_last_in_folder(struct recordings *recordings, const char *folder);

/* Only the options, of the run that wrote the recording at PATH. */
void run_beside_recording(struct recordings *recordings, const char *path);

#endif
