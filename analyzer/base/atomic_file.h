/* SPDX-License-Identifier: MIT */
/* Replaces a file at once: whoever reads it gets the old one or the new one, and both whole. */
#ifndef FINLEAK_ATOMIC_FILE_H
#define FINLEAK_ATOMIC_FILE_H

#include "analyzer/base/new_file.h"

/*
 * Begins a file in the place of PATH, or of what links there lead to, which need not exist, with
 * its permissions. Returns 0 or an errno. After 0 end with atomic_file_end.
 */
int atomic_file_begin(struct new_file *file, const char *path);

/* Ends FILE: what was written is at its path now. Returns 0, or an errno and the old one is there.
 */
int atomic_file_end(struct new_file *file);

/* Ends FILE, and the old one stays. */
void atomic_file_abandon(struct new_file *file);

#endif
