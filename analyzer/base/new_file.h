/* SPDX-License-Identifier: MIT */
/*
 * Puts a new file in the place of a name in a folder that is not ours alone: a link that stands at
 * the name, or at that of the draft, is replaced and never followed. (atomic_file.h writes where
 * the user's links lead.)
 */
#ifndef FINLEAK_NEW_FILE_H
#define FINLEAK_NEW_FILE_H

#include <stdio.h>
#include <sys/types.h>

struct new_file {
	FILE *stream; /* to write to */
	char *path;
	char *draft;
};

/*
 * Begins a file with MODE that new_file_end() puts at PATH. Until then it is DRAFT in the same
 * folder (NULL: PATH with ".new"); what an earlier finleak left there is removed. Returns 0 or an
 * errno; after 0 end with new_file_end().
 */
int new_file_begin(struct new_file *file, const char *path, const char *draft, mode_t mode);

/*
 * Ends FILE. With FAILURE (an errno), or where not all could be written, what is at its path stays.
 * Returns 0 or the errno. Nothing is synced: a crash of the machine may leave an empty file.
 */
int new_file_end(struct new_file *file, int failure);

/* Frees what FILE has of names; its stream is closed, or was never opened. */
void new_file_forget(struct new_file *file);

#endif
