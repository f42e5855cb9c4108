/* SPDX-License-Identifier: MIT */
/* Parts of a path. */
#ifndef FINLEAK_PATHS_H
#define FINLEAK_PATHS_H

#include <stdbool.h>

/* The part of PATH behind its last slash. */
const char *path_base(const char *path);

/* The part of PATH up to its last slash, with it; "." if there is none. The caller frees it. */
char *path_folder(const char *path);

/* Is PATH the file of glibc's libc: libc.so.6, libc-2.31.so? */
bool path_is_libc(const char *path);

#endif
