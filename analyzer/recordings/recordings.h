/* SPDX-License-Identifier: MIT */
/* The recordings that the user named, with the end and the relatives of each process. */
#ifndef FINLEAK_RECORDINGS_H
#define FINLEAK_RECORDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/recordings/process.h"
#include "analyzer/recordings/run_record.h"

struct recordings {
	struct process *list; /* by boot and time of start */
	size_t count;
	size_t unreadable; /* named or found, but could not be read: reported on stderr */
	bool quiet;        /* ... or not */
	bool subfolders;   /* of the folders that were named were read, too */
	struct unrecorded *unrecorded; /* processes that left none, as far as is known */
	size_t unrecorded_count;

	bool connected; /* a process may have had a TCP connection, recorded or not */

	/* What the runs that wrote them judged by, as far as that is stored: the first one. */
	bool has_options, options_differ;
	struct run_options options;

	struct known_file *known; /* private, while they are read */
};

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
void recordings_free(struct recordings *recordings);

/* Adds COUNT processes that left no recording, those of a pid that is known already left out. */
void recordings_add_unrecorded(struct recordings *recordings, const struct unrecorded *unrecorded,
			       size_t count);

/* What is known of process PID without a recording; NULL nothing. */
const struct unrecorded *recordings_find_unrecorded(const struct recordings *recordings, int pid);

/*
 * The file names of the recordings in FOLDER, sorted, for EXCEPT above; NULL if there are none. End
 * with recordings_names_free.
 */
char **recordings_names(const char *folder, size_t *count);
void recordings_names_free(char **names, size_t count);

#endif
