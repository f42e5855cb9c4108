/* SPDX-License-Identifier: MIT */
/*
 * A pack: a folder of recordings as one file that a report can be made of anywhere. It is a tar
 * archive, compressed by zstd: the recordings (holes are left out), samples and options as they
 * are, below recordings/, and symbols.json, the names of all code that the recordings mention.
 * Whoever wants the files has tar for it.
 *
 * A pack is hostile input. Nothing but regular files of these names is taken out of it, into a new
 * folder, and no more than PACK_INFLATED_MAX bytes.
 */
#ifndef FINLEAK_PACK_H
#define FINLEAK_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "analyzer/symbolize/imported_names.h"

#define PACK_INFLATED_MAX (4ull << 30)
#define PACK_ENTRIES_MAX  200000u
#define PACK_SYMBOLS      "symbols.json"
#define PACK_RECORDINGS   "recordings/"

/* Does the file PATH begin as a pack does? */
bool pack_is(const char *path);

/*
 * Writes a pack of FOLDER to OUT: SYMBOLS is the text of symbols.json. Returns false with one line
 * on stderr.
 */
bool pack_write(FILE *out, const char *folder, const char *symbols, size_t symbols_size);

/*
 * Takes what is in the pack PATH into the folder INTO, and its names into NAMES. Returns false with
 * one line on stderr.
 */
bool pack_read(const char *path, const char *into, struct imported_names *names);

#endif
