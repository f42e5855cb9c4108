/* SPDX-License-Identifier: MIT */
/* Where the user has the source files that debug information and scripts name. */
#ifndef FINLEAK_SOURCE_PATHS_H
#define FINLEAK_SOURCE_PATHS_H

struct source_paths;

/* PREFIXES: "OLD=NEW" (--source-prefix), NULL-terminated; NULL none. */
struct source_paths *source_paths_new(const char *const *prefixes);
void source_paths_free(struct source_paths *paths);

/* FILE with the first prefix that fits applied; the caller frees it. */
char *source_paths_move(const struct source_paths *paths, const char *file);

/*
 * The same of a FILE that was compiled in DIRECTORY (NULL unknown): absolute where it can be,
 * without "." and ".."; the caller frees it.
 */
char *source_paths_of_unit(const struct source_paths *paths, const char *directory,
			   const char *file);

#endif
