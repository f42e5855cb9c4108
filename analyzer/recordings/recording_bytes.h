/* SPDX-License-Identifier: MIT */
/* The bytes of a recording that is being read, and what is wrong with them. */
#ifndef FINLEAK_RECORDING_BYTES_H
#define FINLEAK_RECORDING_BYTES_H

#include "analyzer/recordings/recording_snapshot.h"

/*
 * Rules of reading a file that may be hostile and may be written right now:
 *  - a number from the file is trusted only after it was held against the file's size and against
 *    a limit of ours; memory that a table takes is touched only where the file has bytes (holes
 *    stay untouched zero pages), so a small file can't ask for much;
 *  - rows are read before the stacks they refer to, stacks before modules and scripts, those before
 *    their strings, and each section's `used` is read just before the section: what a row refers to
 * had been published before the row, so it is found.
 */

/* Where the section table begins. */
#define PREFIX_SIZE offsetof(struct recording_header, sections)

struct reading {
	int fd;
	uint64_t size;
	struct recording *recording; /* what is read so far */
	char *error;                 /* one line for the user */
	size_t error_size;
};

/* Notes what is wrong with the file; always false. */
__attribute__((format(printf, 2, 3))) bool reading_fail(struct reading *reading, const char *format,
							...);

/* Reads SIZE bytes at OFFSET; a file that shrinks meanwhile counts as cut short. */
bool reading_exactly(struct reading *reading, uint64_t offset, void *buffer, size_t size);

/* Like reading_exactly() into zeroed memory, but leaves the file's holes untouched. */
bool reading_sparse(struct reading *reading, uint64_t offset, void *buffer, size_t size);

#endif
