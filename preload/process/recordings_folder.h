/* SPDX-License-Identifier: MIT */
/* The folder of options.recordings. */
#ifndef FINLEAK_PRELOAD_RECORDINGS_FOLDER_H
#define FINLEAK_PRELOAD_RECORDINGS_FOLDER_H

#include <stdbool.h>

/*
 * Creates the folder (0700) and those above it, as far as they are missing and `finleak run` has
 * not made them. False: there is none that the recorder may use: it can't be created or written, or
 * it is a link or another user's and options.share_folder is not set, and there is no options.maker
 * either (else options.folder_is_closed). Then, unless `finleak run`
 * started this, it prints one line on stderr. *Start-up only.*
 */
bool recordings_folder_prepare(void);

#endif
