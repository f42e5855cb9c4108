/* SPDX-License-Identifier: MIT */
/* Reading bytes of a recording file, and reporting what is wrong with it. */
#ifndef FINLEAK_RECORDING_BYTES_H
#define FINLEAK_RECORDING_BYTES_H

#include "analyzer/recordings/recording_snapshot.h"

/*
 * Rules for reading a file that may be hostile and may be written at the same time:
 *  - a number from the file is used only after it was checked against the file's size and a limit
 * of ours. A table's memory is touched only where the file has data (holes stay untouched zero
 *    pages), so that a small file can't use much memory;
 *  - rows are read before the stacks they refer to, stacks before modules and scripts, these before
 *    their strings, and each section's `used` right before the section. What a row refers to was
 *    published before the row, so it is found.
 */

/* Where the section table begins. */
#define PREFIX_SIZE offsetof(struct recording_header, sections)

struct recording_file {
	int fd;
	uint64_t size;
	struct recording *recording; /* what is read so far */
	char *error;                 /* one line for the user */
	size_t error_size;
};

/* Notes what is wrong with the file; always false. */
__attribute__((format(printf, 2, 3))) bool recording_file_fail(struct recording_file *file,
							       const char *format, ...);

/*
 * Opens the regular file PATH that FILE's recording is read from. file->fd is to be closed where it
 * is not -1, also after a failure.
 */
bool recording_file_open(struct recording_file *file, const char *path);

/* Reads SIZE bytes at OFFSET; a file that shrinks meanwhile counts as cut short. */
bool recording_file_read(struct recording_file *file, uint64_t offset, void *buffer, size_t size);

/* Like recording_file_read() into zeroed memory, but leaves the file's holes untouched. */
bool recording_file_read_sparse(struct recording_file *file, uint64_t offset, void *buffer,
				size_t size);

#endif
