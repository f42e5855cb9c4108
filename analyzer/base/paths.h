/* SPDX-License-Identifier: MIT */
/* Parts of a path. */
#ifndef FINLEAK_PATHS_H
#define FINLEAK_PATHS_H

/* The part of PATH behind its last slash. */
const char *path_base(const char *path);

/* The part of PATH up to its last slash, with it; "." if there is none. The caller frees it. */
char *path_folder(const char *path);

#endif
