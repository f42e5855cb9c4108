/* SPDX-License-Identifier: MIT */
/* Parts of a path. */
#ifndef FINLEAK_PATHS_H
#define FINLEAK_PATHS_H

#include <stdbool.h>

/* The part of PATH behind its last slash. */
const char *path_base(const char *path);

/* The part of PATH up to its last slash, with it; "." if there is none. The caller frees it. */
char *path_folder(const char *path);

/* Where SUFFIX begins in PATH, which ends with it and is longer; NULL: it is not. */
const char *path_suffix(const char *path, const char *suffix);

/* PATH with OLD at its end, if it ends with that, replaced by NEW; the caller frees it. */
char *path_with_suffix(const char *path, const char *old, const char *new);

/* Is PATH the file of glibc's libc: libc.so.6, libc-2.31.so? */
bool path_is_libc(const char *path);

#endif
