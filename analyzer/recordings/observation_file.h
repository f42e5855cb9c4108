/* SPDX-License-Identifier: MIT */
/*
 * An observation in a file: NAME.observed beside the recording NAME.finleak. Whole or not at all: a
 * new one replaces the old one by rename.
 */
#ifndef FINLEAK_OBSERVATION_FILE_H
#define FINLEAK_OBSERVATION_FILE_H

#include "analyzer/recordings/observation.h"

#define OBSERVATION_SUFFIX ".observed"

/* Keeps OBSERVATION beside the recording at PATH. Returns 0 or an errno. */
int observation_write(const struct observation *observation, const char *path);

/*
 * The observation beside the recording at PATH; NULL where there is none, or none that holds: it is
 * hostile input like the recording. End with observation_free.
 */
struct observation *observation_read(const char *path);

#endif
