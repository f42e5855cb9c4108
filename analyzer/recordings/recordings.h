/* SPDX-License-Identifier: MIT */
/* The recordings that the user named, with the end and the relatives of each process. */
#ifndef FINLEAK_RECORDINGS_H
#define FINLEAK_RECORDINGS_H

#include "analyzer/recordings/recording_set.h"

/*
 * Reads the COUNT files and folders (all *.finleak in each) in PATHS. Each that can't be read gets
 * one line on stderr and counts as `unreadable`. The EXCEPT_COUNT file names in EXCEPT (sorted, as
 * from recordings_names; NULL none) are skipped in folders. Of each folder, what its run knew of
 * processes without a recording is taken along. End with recordings_free.
 */
struct recordings *recordings_read(char *const *paths, size_t count, char **except,
				   size_t except_count);

/* The same, folders in folders included, links not. */
struct recordings *recordings_read_below(char *const *paths, size_t count);

/* As RECORDINGS were read, without lines on stderr: they were printed the first time. */
struct recordings *recordings_read_again(const struct recordings *recordings, char *const *paths,
					 size_t count, char **except, size_t except_count);

#endif
