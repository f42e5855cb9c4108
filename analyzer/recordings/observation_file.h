/* SPDX-License-Identifier: MIT */
/*
 * An observation in a file: NAME.observed beside the recording NAME.finleak. It is replaced
 * atomically, by rename.
 */
#ifndef FINLEAK_OBSERVATION_FILE_H
#define FINLEAK_OBSERVATION_FILE_H

#include <stdbool.h>

#include "analyzer/recordings/observation.h"

#define OBSERVATION_SUFFIX ".observed"

/* Writes OBSERVATION beside the recording at PATH. Returns 0 or an errno. */
int observation_write(const struct observation *observation, const char *path);

/*
 * The observation beside the recording at PATH, which is hostile input like the recording; NULL:
 * there is none. *UNUSABLE (may be NULL): there is a file, but it is damaged, of another build of
 * finleak, or can't be read, so that what the kernel showed is not known. End with
 * observation_free.
 */
struct observation *observation_read(const char *path, bool *unusable);

#endif
