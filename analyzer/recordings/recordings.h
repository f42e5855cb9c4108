/* SPDX-License-Identifier: MIT */
/* The recordings that the user named, read, with what became of each process and its relatives. */
#ifndef FINLEAK_RECORDINGS_H
#define FINLEAK_RECORDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/recordings/process.h"

struct recordings {
	struct process *list; /* by boot and time of start */
	size_t count;
	size_t unreadable; /* named or found, but could not be read: said on stderr */
	bool quiet;        /* not said */

	struct known_file *known; /* private, while they are read */
};

/*
 * Reads the COUNT files and folders (all *.finleak in each) in PATHS. For each that can't be read
 * one line goes to stderr and `unreadable` counts it. Names in EXCEPT (sorted file names of
 * EXCEPT_COUNT recordings in a folder, as recordings_names gives; NULL none) are passed over. End
 * with recordings_free.
 */
struct recordings *recordings_read(char *const *paths, size_t count, char **except,
				   size_t except_count);

/* ... again, without a word on what can't be read: that was said. */
struct recordings *recordings_read_again(char *const *paths, size_t count, char **except,
					 size_t except_count);
void recordings_free(struct recordings *recordings);

/*
 * The file names of the recordings in FOLDER, sorted, for EXCEPT above; NULL when there are none.
 * Ends with recordings_names_free.
 */
char **recordings_names(const char *folder, size_t *count);
void recordings_names_free(char **names, size_t count);

#endif
