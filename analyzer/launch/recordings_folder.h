/* SPDX-License-Identifier: MIT */
/* The folder into which `finleak run` lets its processes record. */
#ifndef FINLEAK_RECORDINGS_FOLDER_H
#define FINLEAK_RECORDINGS_FOLDER_H

#include <stdbool.h>

/*
 * Creates PATH with the folders above it, as far as they are missing: 0700, or 1777 where SHARED
 * (--share-recordings). A folder that is there must be the user's own and no link, unless SHARED.
 * Returns its absolute path, which the caller frees, or NULL after a line on stderr.
 */
char *recordings_folder_make(const char *path, bool shared);

#endif
