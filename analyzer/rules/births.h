/* SPDX-License-Identifier: MIT */
/* Where a process started its children, by its own recording. */
#ifndef FINLEAK_BIRTHS_H
#define FINLEAK_BIRTHS_H

#include "analyzer/recordings/recording_snapshot.h"

/*
 * The birth that PARENT (NULL: none) noted under PID (0: system() and popen() show none), the last
 * by NS, with its stack; NULL where there is none.
 */
const struct recorded_birth *births_find(const struct recording *parent, int32_t pid, uint64_t ns);

#endif
