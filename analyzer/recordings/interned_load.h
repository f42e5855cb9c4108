/* SPDX-License-Identifier: MIT */
/* Loads what a recording has interned, and the chain of files that it refers to. */
#ifndef FINLEAK_INTERNED_LOAD_H
#define FINLEAK_INTERNED_LOAD_H

#include "analyzer/recordings/interned.h"
#include "analyzer/recordings/recording_bytes.h"

/*
 * Loads what FILE, whose header is read, has interned, and what that refers to. Returns it (end
 * with interned_release()), or NULL with file->error where FILE itself is damaged. A parent's file
 * that is missing, or is not what FILE refers to, leaves lacks_parent. Files are read in the folder
 * of FILE only, and no chain is longer than RECORDED_GENERATIONS_MAX.
 */
struct interned *interned_load(struct recording_file *file);

#endif
