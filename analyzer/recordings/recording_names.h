/* SPDX-License-Identifier: MIT */
/* The recordings in a folder, by name. */
#ifndef FINLEAK_RECORDING_NAMES_H
#define FINLEAK_RECORDING_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Fills in the *COUNT file names of the recordings in FOLDER, sorted; *NAMES NULL if there are
 * none. End with recordings_names_free. Returns 0 or an errno.
 */
int recordings_names_read(const char *folder, char ***names, size_t *count);

/* The same; what can't be read has none. */
char **recordings_names(const char *folder, size_t *count);
void recordings_names_free(char **names, size_t count);

/* Sorts COUNT names as those are; and is NAME among them? */
void recordings_names_sort(char **names, size_t count);
bool recordings_names_have(char *const *names, size_t count, const char *name);

#endif
